// What a restored HQ takes back, and the operations that meet it: staged before the backup, or
// uploaded again.

#include "common/storage/record_io.h"
#include "hq-service/domain/feeds/milestones.h"
#include "tests/unit/hq/recovery_test.h"

namespace comptoir::hq {
namespace {

using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using TakenBackTest = RecoveryTest;

// An operation that was staged before the backup and converted in what HQ lost isn't converted
// again: it settles on the customer that comes back.
TEST_F(TakenBackTest, StagedOperationSettlesOnWhatComesBack) {
  PROVES("P7", "P12", "B1");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id))});
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  SetNumbersBlocked(false);
  ASSERT_EQ(Get(id)->account_number(), "C-00000001");
  Read(replica);
  Restore(backup);
  Offer(replica);
  SetNumbersBlocked(false);
  RunAll();
  EXPECT_EQ(Get(id)->account_number(), "C-00000001");
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 1u);
}

// HQ gave up a create after its restore, which in what it lost had become a customer. A person who
// takes that one creates it: whoever follows the changes hears of it then.
TEST_F(TakenBackTest, OneThatWasDiscardedIsCreatedWhenItIsTaken) {
  PROVES("M9", "P13");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Email("nobody"))});
  Advance(absl::Minutes(1));
  Replica replica;
  Read(replica);
  const std::string refused = Operations()->operations(0).name();
  const auto backup = database().Copy();
  v1::CorrectOperationRequest correct;
  correct.set_name(refused);
  correct.mutable_customer()->mutable_email()->set_address("ada@example.org");
  correct.mutable_update_mask()->add_paths("email");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(correct), IsOk());
  RunAll();
  Read(replica);
  Restore(backup);
  v1::DiscardOperationRequest discard;
  discard.set_name(refused);
  discard.set_reason("a test");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(discard), IsOk());
  Offer(replica);
  ASSERT_THAT(Conflicts(), SizeIs(1));
  v1::ResolveRestoreConflictRequest take;
  take.set_name(Conflicts()[0].name());
  take.set_decision(v1::RESTORE_CONFLICT_DECISION_TAKE);
  ASSERT_THAT(Administer<v1::RestoreConflict>(take), IsOk());
  const auto record = FindCustomer(database().latest(), id).value();
  EXPECT_EQ(record->customer().account_number(), "C-00000001");
  EXPECT_EQ(record->created_sequence(), record->version());
  std::vector<CustomerId> heard;
  ASSERT_THAT(ScanKeys(database().latest(), Table::kFeeds, PrefixRange(MilestonePrefix()),
                       [&](std::string_view key) {
                         heard.push_back(ParseMilestone(key)->customer);
                         return true;
                       }),
              IsOk());
  EXPECT_THAT(heard, ElementsAre(id));
}

// A store offers an address whose customer it hadn't read; another one offers the customer without
// it: both come back.
TEST_F(TakenBackTest, AnAddressWaitsForItsCustomer) {
  PROVES("P13");
  Replica replica;
  Read(replica);
  SayHello(kOtherStore);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id).At(AnAddress())), IsOk());
  Read(replica);
  Restore(backup);

  const auto is_customer = [&](const auto& offer) {
    return offer.record().kind() == replication::v1::RECORD_KIND_CUSTOMER;
  };
  const auto offer_part = [&](const std::string& service, bool customers) {
    SubscribeStream stream = OpenSubscription(HelloOf(replica, service));
    v1::SubscribeRequest offers = OffersOf(replica, 0);
    auto& all = *offers.mutable_offers()->mutable_offers();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const auto& offer) { return is_customer(offer) != customers; }),
              all.end());
    for (auto& offer : all) offer.clear_customer_digest();
    stream.reader->OnMessage(offers);
    RunAll();
    EXPECT_THAT(stream.finished(), IsOk());
    stream.Break();
  };
  offer_part(kStore, /*customers=*/false);
  ASSERT_THAT(Conflicts(), SizeIs(1));
  EXPECT_EQ(Conflicts()[0].reason(), "CUSTOMER_NOT_FOUND");
  offer_part(kOtherStore, /*customers=*/true);
  EXPECT_THAT(Conflicts(), IsEmpty());
  ASSERT_THAT(Get(id), IsOk());
  EXPECT_FALSE(Get(id)->primary_address().empty());
  EXPECT_EQ(Distributed().size(), replica.records.size());
}

// A customer comes back from a store that hadn't read its addresses; the store that created it
// uploads the create again: they are made from that.
TEST_F(TakenBackTest, AddressesComeBackWithTheCreate) {
  PROVES("P13");
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  const auto create = CreateOperation(1, ACustomer().WithId(id).At(AnAddress()).At(AnAddress()));
  UploadOnce(kLineage, {create});
  RunAll();
  ASSERT_THAT(Get(id), IsOk());
  Read(replica);
  const size_t records = replica.records.size();
  Restore(backup);

  std::erase_if(replica.records, [](const auto& row) {
    return row.first.front() == replication::v1::RECORD_KIND_ADDRESS;
  });
  ASSERT_EQ(replica.records.size(), records - 2);
  Offer(replica);
  ASSERT_THAT(Get(id), IsOk());
  UploadOnce(kLineage + 1, {create});
  RunAll();
  EXPECT_EQ(Distributed().size(), records);
  EXPECT_FALSE(Get(id)->primary_address().empty());
}

// The same where HQ had refused the create and a person had corrected it, which was lost, too.
TEST_F(TakenBackTest, AddressesComeBackWithACorrectedCreate) {
  PROVES("P13", "A7");
  Replica replica;
  Read(replica);
  const CustomerId id = NewId();
  UploadOnce(kLineage,
             {CreateOperation(1, ACustomer().WithId(id).Email("nobody").At(AnAddress()))});
  Advance(absl::Minutes(1));
  const auto backup = database().Copy();
  v1::CorrectOperationRequest correct;
  correct.set_name(Operations()->operations(0).name());
  correct.mutable_customer()->mutable_email()->set_address("ada@example.org");
  correct.mutable_update_mask()->add_paths("email");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(correct), IsOk());
  RunAll();
  Read(replica);
  const size_t records = replica.records.size();
  Restore(backup);
  std::erase_if(replica.records, [](const auto& row) {
    return row.first.front() == replication::v1::RECORD_KIND_ADDRESS;
  });
  ASSERT_EQ(replica.records.size(), records - 1);
  Offer(replica);
  EXPECT_EQ(Get(id)->email().address(), "ada@example.org");
  EXPECT_EQ(Distributed().size(), records);
}

// A store has gone on with the restored HQ when a lost HQ's answer comes to it at last: all after
// the backup is asked for, not only what came after the epoch in which it reads now.
TEST_F(TakenBackTest, ALateAnswerIsOfferedToo) {
  PROVES("P13");
  Replica replica;
  Read(replica);
  const replication::v1::Epoch lost_epoch = epoch_;
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Replica late;
  Read(late);

  Restore(backup);
  Read(replica);
  ASSERT_THAT(Create(ACustomer()), IsOk());
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Read(replica);
  v1::SubscribeHello hello = HelloOf(replica, kStore);
  *hello.add_hq_epochs() = lost_epoch;
  replication::v1::Position& answered = *hello.add_answered();
  answered.set_epoch_counter(lost_epoch.counter());
  answered.set_epoch_id(lost_epoch.id());
  answered.set_sequence(late.cursors.begin()->second.position().sequence());
  SubscribeStream stream = OpenSubscription(hello);
  const auto& reply = stream.written->messages.at(0).hello();
  ASSERT_TRUE(reply.has_offers_wanted());
  CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(late.records[CustomerRecordKey(id)]));
  EXPECT_LT(reply.offers_wanted().known_sequence(), record.version());
  stream.Break();
}

// A store holds a customer that HQ doesn't have back yet: an edit isn't refused, it has to wait.
TEST_F(TakenBackTest, AnEditWaitsForItsCustomer) {
  PROVES("S10", "P13");
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Read(replica);

  Restore(backup);
  SubscribeStream stream = OpenSubscription(HelloOf(replica, kStore));
  ASSERT_TRUE(stream.written->messages.at(0).hello().has_offers_wanted());
  stream.Break();
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(CustomerName(id));
  request.mutable_customer()->set_notes("likes coffee");
  request.mutable_update_mask()->add_paths("notes");
  const auto waits = Update(request);
  EXPECT_THAT(waits, HasReason("HQ_UNREACHABLE"));
  EXPECT_EQ(MetadataOf(waits.status(), "recovery"), "true");
  Offer(replica);
  ASSERT_THAT(Update(request), IsOk());
  EXPECT_EQ(Get(id)->notes(), "likes coffee");
  // Nobody offers this one.
  request.mutable_customer()->set_name(CustomerName(NewId()));
  EXPECT_THAT(Update(request), HasReason("CUSTOMER_NOT_FOUND"));
}

}  // namespace
}  // namespace comptoir::hq
