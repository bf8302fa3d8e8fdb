// HQ's database is restored from a backup: what it lost comes back from its stores, and no account
// number is given twice.

#include "tests/unit/hq/recovery_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

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

// The store that tells HQ that it was restored may leave at any moment of its hello: once HQ has
// learned it, the others are made to speak as well. HQ would wait for them for ever.
TEST_F(RecoveryTest, AStoreThatLeavesWhileItSaysHelloIsHeard) {
  PROVES("P12");
  Replica replica;
  Read(replica);
  SayHello(kOtherStore);
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Read(replica);
  const replication::v1::Epoch read = epoch_;
  constexpr int kSteps = 6;
  int learned = 0;
  for (int steps = 0; steps <= kSteps; ++steps) {
    Restore(backup);
    epoch_ = {};
    const SubscribeStream other = OpenSubscription(HelloOf(Replica(), kOtherStore));
    epoch_ = read;
    ASSERT_THAT(other.finished(), IsOk());
    SubscribeStream stream;
    stream.reader = hq().SubscribeChanges(stream.NewWriter());
    v1::SubscribeRequest request;
    *request.mutable_hello() = HelloOf(replica, kStore);
    stream.reader->OnMessage(request);
    for (int step = 0; step < steps; ++step) {
      RunGroup();
      executor_.RunReady();
    }
    RunGroup();
    stream.Break();
    RunAll();
    const bool recovers = RecoveryNow().state() == v1::RECOVERY_STATE_RECOVERING;
    learned += recovers ? 1 : 0;
    EXPECT_EQ(other.written->finished.has_value(), recovers) << "after " << steps << " steps";
  }
  EXPECT_GT(learned, 1);
}

// A store may take long to look for what it is to offer: it hears that HQ is there.
TEST_F(RecoveryTest, WhoIsToOfferHearsThatHqIsThere) {
  PROVES("P12");
  Replica replica;
  Read(replica);
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Read(replica);
  Restore(backup);
  SubscribeStream stream = OpenSubscription(HelloOf(replica, kStore));
  auto& messages = stream.written->messages;
  ASSERT_TRUE(messages.at(0).hello().has_offers_wanted());
  messages.clear();
  Advance(absl::Seconds(3));
  ASSERT_THAT(messages, SizeIs(testing::Ge(2u)));
  for (const auto& message : messages) {
    EXPECT_EQ(message.heartbeat().high_watermark().sequence(),
              Status()->high_watermark().sequence());
  }
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

// What a person decides of a customer is decided of the addresses that came with it. Left out, they
// would stay in the store that offered them: it reads the customer as it had it.
TEST_F(RecoveryTest, AddressesComeWithTheirCustomer) {
  PROVES("P13", "A7");
  Replica replica;
  Read(replica);
  SayHello(kOtherStore);
  const auto backup = database().Copy();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id).At(AnAddress()).At(AnAddress())), IsOk());
  Replica late = replica;
  Read(late, kOtherStore);
  const replication::v1::Epoch read_by_late = epoch_;
  Restore(backup);
  Read(replica);
  // It has the number by now.
  ASSERT_EQ(Create(ACustomer())->account_number(), "C-00000001");
  epoch_ = read_by_late;
  ASSERT_EQ(Offer(late, kOtherStore), 3);
  ASSERT_THAT(Administer<v1::Recovery>(v1::EndRecoveryRequest()), IsOk());
  ASSERT_THAT(Conflicts(), SizeIs(3));
  const auto resolve = [&](bool address, v1::RestoreConflictDecision decision) {
    v1::ResolveRestoreConflictRequest request;
    for (const v1::RestoreConflict& conflict : Conflicts()) {
      if ((conflict.resource() != CustomerName(id)) == address) request.set_name(conflict.name());
    }
    request.set_decision(decision);
    return Administer<v1::RestoreConflict>(request).status();
  };
  for (const auto decision :
       {v1::RESTORE_CONFLICT_DECISION_KEEP, v1::RESTORE_CONFLICT_DECISION_TAKE}) {
    EXPECT_THAT(resolve(/*address=*/true, decision), HasReason("CUSTOMER_NOT_FOUND"));
  }
  EXPECT_THAT(resolve(/*address=*/false, v1::RESTORE_CONFLICT_DECISION_TAKE), IsOk());
  EXPECT_THAT(Conflicts(), IsEmpty());
  for (const auto& [key, record] : late.records) {
    if (key.front() == replication::v1::RECORD_KIND_ADDRESS) {
      EXPECT_TRUE(Distributed().contains(key));
    }
  }
  EXPECT_FALSE(FindCustomer(database().latest(), id).value()->primary_address_id().empty());
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
