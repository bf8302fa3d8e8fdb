// HQ's database is restored from a backup: what it lost comes back from its stores, and no account
// number is given twice.

#include "common/storage/record_io.h"
#include "hq-service/domain/feeds/milestones.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kOtherStore[] = "dallas-1";
constexpr uint64_t kMargin = 10;

class RecoveryTest : public SubscriptionTest {
 protected:
  RecoveryTest() : SubscriptionTest({.number_margin_after_restore = kMargin}) {}

  // A store that reads all there is.
  void Read(Replica& replica, const std::string& service = kStore) {
    replica.batches = 0;
    SubscribeStream stream = OpenSubscription(HelloOf(replica, service));
    epoch_ = stream.written->messages.at(0).hello().epoch();
    Follow(stream, replica);
    stream.Break();
  }

  // From then on HQ knows the channel service.
  void SayHello(const std::string& service) {
    Replica nothing;
    Read(nothing, service);
  }

  v1::SubscribeHello HelloOf(const Replica& replica, const std::string& service) {
    v1::SubscribeHello hello = SubscribeHello(kLineage, service);
    for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
    if (epoch_.counter() != 0) *hello.add_hq_epochs() = epoch_;
    for (const auto& [key, value] : replica.records) {
      if (key.front() != replication::v1::RECORD_KIND_CUSTOMER) continue;
      CustomerRecord record;
      EXPECT_TRUE(record.ParseFromString(value));
      *hello.add_highest_numbers() = record.customer().account_number();
    }
    return hello;
  }

  void Restore(const MemoryDatabase::Content& backup) {
    database().Restore(backup);
    Restart();
  }

  // All that the store has of later than `known`, customers first.
  static v1::SubscribeRequest OffersOf(const Replica& replica, uint64_t known) {
    v1::SubscribeRequest request;
    v1::RecordOffers& offers = *request.mutable_offers();
    offers.set_number(1);
    offers.set_last(true);
    for (const auto& [key, value] : replica.records) {
      v1::RecordOffer offer;
      offer.mutable_record()->set_kind(static_cast<replication::v1::RecordKind>(key.front()));
      offer.mutable_record()->set_key(key.substr(1));
      offer.mutable_record()->set_record(value);
      CustomerRecord customer;
      AddressRecord address;
      if (key.front() == replication::v1::RECORD_KIND_CUSTOMER) {
        EXPECT_TRUE(customer.ParseFromString(value));
        offer.mutable_record()->set_version(customer.version());
      } else if (key.front() == replication::v1::RECORD_KIND_ADDRESS) {
        EXPECT_TRUE(address.ParseFromString(value));
        offer.mutable_record()->set_version(address.version());
        const auto owner = replica.records.find(
            CustomerRecordKey(Uuid::FromBytes(std::string_view(key).substr(1, 16))));
        EXPECT_TRUE(customer.ParseFromString(owner->second));
        offer.set_customer_digest(customer.request_digest());
      } else {
        continue;
      }
      if (offer.record().version() > known) *offers.add_offers() = offer;
    }
    return request;
  }

  // The store says hello and offers what HQ asks for; returns how many records that were.
  int Offer(const Replica& replica, const std::string& service = kStore) {
    SubscribeStream stream = OpenSubscription(HelloOf(replica, service));
    const auto& hello = stream.written->messages.at(0).hello();
    EXPECT_TRUE(hello.has_offers_wanted());
    const v1::SubscribeRequest offers = OffersOf(replica, hello.offers_wanted().known_sequence());
    stream.reader->OnMessage(offers);
    RunAll();
    const auto acknowledged = [](const auto& message) {
      return message.has_offers_acknowledgement();
    };
    EXPECT_THAT(stream.finished(), IsOk());
    EXPECT_TRUE(std::any_of(stream.written->messages.begin(), stream.written->messages.end(),
                            acknowledged));
    stream.Break();
    return offers.offers().offers_size();
  }

  v1::Recovery RecoveryNow() { return *Administer<v1::Recovery>(v1::GetRecoveryRequest()); }
  std::vector<std::string> Findings() {
    const auto check = Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    EXPECT_THAT(check, IsOk());
    std::vector<std::string> reasons;
    for (const auto& finding : check->findings()) reasons.push_back(finding.reason());
    return reasons;
  }
  std::vector<v1::RestoreConflict> Conflicts() {
    const auto response =
        Administer<v1::ListRestoreConflictsResponse>(v1::ListRestoreConflictsRequest());
    return {response->conflicts().begin(), response->conflicts().end()};
  }

  Customer Edit(const CustomerId& id, const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_notes(notes);
    request.mutable_update_mask()->add_paths("notes");
    return *Update(request);
  }

  // HQ's epoch in which the stores have read.
  replication::v1::Epoch epoch_;
};

// Everything that was created after the backup comes back from a store as it was: same UUID, same
// number; the next number is above all that was given, and the margin.
TEST_F(RecoveryTest, TakesBackWhatItLost) {
  PROVES("P12", "P13", "P9");
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  const Customer lost =
      *Create(ACustomer().WithId(id).Named("Ada").At(AnAddress()).At(AnAddress()));
  Read(replica);

  Restore(backup);
  ASSERT_THAT(Get(id), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_EQ(Offer(replica), 3);
  const Customer back = *Get(id);
  EXPECT_EQ(back.account_number(), lost.account_number());
  EXPECT_EQ(back.display_name(), lost.display_name());
  EXPECT_EQ(back.primary_address(), lost.primary_address());
  EXPECT_EQ(RecoveryNow().state(), v1::RECOVERY_STATE_ENDED);
  v1::GetNumberSequenceRequest numbers;
  numbers.set_name("numberSequences/customers");
  EXPECT_EQ(Administer<v1::NumberSequence>(numbers)->next(), 3 + kMargin);
  EXPECT_EQ(Status()->customers(), 2u);
  // The store reads from the beginning and ends with what HQ has.
  replica.cursors.clear();
  Read(replica);
  EXPECT_EQ(replica.records, Distributed());
}

// Until every channel service has finished no number is given: one that another store holds would
// be given again. Then what waited goes on by itself.
TEST_F(RecoveryTest, NumbersWaitForEverybody) {
  PROVES("P12");
  Replica replica;
  Read(replica);
  Replica other;
  Read(other, kOtherStore);
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Read(replica);
  const CustomerId id = NewId();
  ASSERT_EQ(Create(ACustomer().WithId(id))->account_number(), "C-00000002");
  Read(other, kOtherStore);

  Restore(backup);
  Offer(replica);
  EXPECT_EQ(RecoveryNow().state(), v1::RECOVERY_STATE_RECOVERING);
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  EXPECT_EQ(RecoveryNow().channel_services(0).name(), "channelServices/dallas-1");
  EXPECT_FALSE(RecoveryNow().channel_services(0).finished());
  // A restart forgets nothing of it.
  Restart();
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  Offer(other, kOtherStore);
  EXPECT_EQ(Get(id)->account_number(), "C-00000002");
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000013");
}

// An operator doesn't wait for a store that never comes back; should it come, what it offers is
// taken all the same.
TEST_F(RecoveryTest, OperatorEndsItAndLateStoresStillOffer) {
  PROVES("P12", "P13");
  Replica replica;
  Read(replica);
  SayHello(kOtherStore);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Replica late = replica;
  Read(late, kOtherStore);
  const replication::v1::Epoch read_by_late = epoch_;
  Restore(backup);
  Read(replica);
  // It had read nothing that is lost: nobody knows yet.
  const auto clash = Create(ACustomer());
  ASSERT_EQ(clash->account_number(), "C-00000001");

  epoch_ = read_by_late;
  SubscribeStream stream = OpenSubscription(HelloOf(late, kOtherStore));
  ASSERT_TRUE(stream.written->messages.at(0).hello().has_offers_wanted());
  stream.Break();
  EXPECT_THAT(Create(ACustomer()), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  EXPECT_EQ(Administer<v1::Recovery>(v1::EndRecoveryRequest())->state(), v1::RECOVERY_STATE_ENDED);
  EXPECT_EQ(RecoveryNow().ended_by(), "anna");
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000012");
  // Its number is another customer's by now: that is for a person.
  EXPECT_EQ(Offer(late, kOtherStore), 1);
  EXPECT_THAT(Get(id), HasReason("CUSTOMER_NOT_FOUND"));
  ASSERT_THAT(Conflicts(), SizeIs(1));
  EXPECT_EQ(Conflicts()[0].reason(), "ALREADY_EXISTS");
  EXPECT_EQ(Conflicts()[0].resource(), CustomerName(id));
  EXPECT_THAT(Findings(), Contains("RESTORE_CONFLICTS"));
  v1::ResolveRestoreConflictRequest take;
  take.set_name(Conflicts()[0].name());
  take.set_decision(v1::RESTORE_CONFLICT_DECISION_TAKE);
  ASSERT_THAT(Administer<v1::RestoreConflict>(take), IsOk());
  EXPECT_THAT(Findings(), Not(Contains("RESTORE_CONFLICTS")));
  EXPECT_EQ(Get(id)->account_number(), "C-00000013");
  EXPECT_EQ(Get(clash->name())->account_number(), "C-00000001");
  EXPECT_THAT(Administer<v1::RestoreConflict>(take), HasReason("RECORD_NOT_FOUND"));
}

// Whoever sets the next number knows what was given: that ends it, too, without a margin.
TEST_F(RecoveryTest, SettingTheNextNumberEndsIt) {
  PROVES("P12");
  Replica replica;
  SayHello(kOtherStore);
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Read(replica);
  Restore(backup);
  Offer(replica);
  v1::UpdateNumberSequenceRequest update;
  update.mutable_number_sequence()->set_name("numberSequences/customers");
  update.mutable_number_sequence()->set_next(500);
  update.mutable_update_mask()->add_paths("next");
  ASSERT_THAT(Administer<v1::NumberSequence>(update), IsOk());
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000500");
}

// An edit that HQ lost comes back, where HQ hasn't changed the customer since, in the newest
// version that any store has.
TEST_F(RecoveryTest, TakesTheNewestVersion) {
  PROVES("P13");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  SayHello(kOtherStore);
  Replica behind;
  Read(behind);
  const auto backup = database().Copy();
  Edit(id, "first");
  Read(behind);
  Replica ahead = behind;
  Edit(id, "second");
  Read(ahead);

  Restore(backup);
  Offer(behind);
  EXPECT_EQ(Get(id)->notes(), "first");
  Offer(ahead, kOtherStore);
  EXPECT_EQ(Get(id)->notes(), "second");
  // Who comes again, or is behind, changes nothing.
  const auto version = Get(id)->etag();
  Offer(behind);
  EXPECT_EQ(Get(id)->etag(), version);
  EXPECT_THAT(Conflicts(), IsEmpty());
}

// A result brings records in versions beyond the positions that the store has read and tells.
TEST_F(RecoveryTest, WhatIsTakenBackIsNewerThanWhatWasOffered) {
  PROVES("P13");
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Read(replica);
  std::string& bytes = replica.records.at(CustomerRecordKey(id));
  CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(bytes));
  record.set_version(record.version() + 100);
  bytes = record.SerializeAsString();

  Restore(backup);
  Offer(replica);
  EXPECT_GT(FindCustomer(database().latest(), id).value()->version(), record.version());
}

// Both sides changed a customer since the backup: HQ keeps its own, in a version that every store
// takes, and lists the other once.
TEST_F(RecoveryTest, ListsWhatBothChanged) {
  PROVES("P13");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  for (int i = 0; i < 5; ++i) Edit(id, "lost" + std::to_string(i));
  Read(replica);
  Restore(backup);
  Edit(id, "kept");
  Offer(replica);
  EXPECT_EQ(Get(id)->notes(), "kept");
  ASSERT_THAT(Conflicts(), SizeIs(1));
  EXPECT_EQ(Conflicts()[0].reason(), "ETAG_MISMATCH");
  EXPECT_THAT(Conflicts()[0].offered(), ::testing::HasSubstr("lost4"));
  EXPECT_THAT(Conflicts()[0].held(), ::testing::HasSubstr("kept"));
  CustomerRecord held;
  CustomerRecord offered;
  ASSERT_TRUE(held.ParseFromString(Distributed()[CustomerRecordKey(id)]));
  ASSERT_TRUE(offered.ParseFromString(replica.records[CustomerRecordKey(id)]));
  EXPECT_GT(held.version(), offered.version());

  v1::ResolveRestoreConflictRequest keep;
  keep.set_name(Conflicts()[0].name());
  keep.set_decision(v1::RESTORE_CONFLICT_DECISION_KEEP);
  ASSERT_THAT(Administer<v1::RestoreConflict>(keep), IsOk());
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_EQ(Get(id)->notes(), "kept");
}

// An operation that was staged before the backup and converted in what HQ lost isn't converted
// again: it settles on the customer that comes back.
TEST_F(RecoveryTest, StagedOperationSettlesOnWhatComesBack) {
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
TEST_F(RecoveryTest, OneThatWasDiscardedIsCreatedWhenItIsTaken) {
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
TEST_F(RecoveryTest, AnAddressWaitsForItsCustomer) {
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
TEST_F(RecoveryTest, AddressesComeBackWithTheCreate) {
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

// A store has gone on with the restored HQ when a lost HQ's answer comes to it at last: all after
// the backup is asked for, not only what came after the epoch in which it reads now.
TEST_F(RecoveryTest, ALateAnswerIsOfferedToo) {
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
TEST_F(RecoveryTest, AnEditWaitsForItsCustomer) {
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

// What isn't a record that HQ gave ends the stream and changes nothing.
TEST_F(RecoveryTest, RefusesWhatIsNoRecord) {
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Replica replica;
  Read(replica);
  Restore(backup);
  SubscribeStream stream = OpenSubscription(HelloOf(replica, kStore));
  v1::SubscribeRequest offers = OffersOf(replica, 0);
  offers.mutable_offers()->mutable_offers(0)->mutable_record()->set_version(0);
  stream.reader->OnMessage(offers);
  RunAll();
  EXPECT_THAT(stream.finished(), HasReason("STORAGE_CORRUPT"));
  EXPECT_EQ(Status()->customers(), 0u);
}

}  // namespace
}  // namespace comptoir::hq
