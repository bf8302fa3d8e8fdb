// A database was lost, restored or copied, on either side: nothing acknowledged is lost, and
// nothing is made twice.

#include "channel-service/domain/outbox/lineage.h"

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Lineages : public ChannelTest {
 protected:
  uint64_t lineage() { return ReadOutboxState(reader())->lineage(); }

  Operation UploadedCreate() {
    CreatePending(ACustomer());
    const Operation operation = Operations().back();
    AcknowledgeUpload(operation.sequence());
    return operation;
  }

  // What HQ sends of an operation to a service that may have lost it.
  OperationResult GivenBack(const Operation& operation, uint64_t lineage) {
    OperationResult result = ResultOf(operation, replication::v1::OPERATION_STATE_STAGED);
    result.set_lineage(lineage);
    *result.mutable_operation() = operation;
    return result;
  }

  static std::string NameOf(const Operation& operation) {
    return operation.create_customer().customer().name();
  }

  // Sequences that were uploaded on the open stream.
  std::vector<uint64_t> Uploaded() {
    std::vector<uint64_t> sequences;
    for (const auto& request : hq_.uploads.written) {
      for (const auto& operation : OperationsOf(request)) sequences.push_back(operation.sequence());
    }
    return sequences;
  }

  // The streams are opened anew, and HQ says hello.
  void Reconnect(const hq::v1::UploadHelloReply& reply) {
    Advance(absl::Seconds(3));
    ASSERT_TRUE(hq_.uploads.is_open());
    ASSERT_TRUE(hq_.subscriptions.is_open());
    Connect(reply);
  }
};

TEST_F(Lineages, SurvivesARestart) {
  PROVES("P7");
  OpenOffline();
  const uint64_t first = lineage();
  UploadedCreate();
  Open();
  EXPECT_EQ(lineage(), first);
  Connect(HeldByHq(1));
  EXPECT_EQ(lineage(), first);
  EXPECT_THAT(Uploaded(), IsEmpty()) << "what HQ has isn't uploaded again";
}

// HQ holds more than this database ever gave: it is an older copy. A new lineage begins, with the
// unsettled operations from 1.
TEST_F(Lineages, RestoredDatabaseBeginsANewLineage) {
  PROVES("P13", "S11", "B1");
  OpenOffline();
  const Operation kept = UploadedCreate();
  const auto backup = database_.Copy();
  const auto in_backup = HeldByHq(0);
  const Operation lost = UploadedCreate();
  const auto held = HeldByHq(2);

  database_.Restore(backup);
  Open();
  CreatePending(ACustomer());
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = held;
  hq_.uploads.Send(hello);
  Run();
  EXPECT_NE(lineage(), held.lineage());
  Reconnect(HeldByHq(0));
  EXPECT_THAT(Uploaded(), ElementsAre(1, 2));
  EXPECT_EQ(Operations()[0].request_id(), kept.request_id());

  // HQ gives back what was lost with the restored database: the store sees its customer again.
  EXPECT_THAT(*Get(NameOf(lost)), HasReason(Reason::kCustomerNotFound));
  Deliver({ChangeOf(GivenBack(lost, held.lineage()))});
  EXPECT_THAT(Get(NameOf(lost)).value(), IsPending());
  EXPECT_THAT(Unsettled(), SizeIs(3));
  EXPECT_THAT(Uploaded(), ElementsAre(1, 2)) << "it isn't uploaded again";
}

// A create of other content under the same UUID has taken the place of one that the restored
// database had made and lost: HQ's word of that one isn't about this one.
TEST_F(Lineages, ResultOfALostCreateIsNotThatOfItsSuccessor) {
  PROVES("P13", "C1");
  OpenReady();
  const auto backup = database_.Copy();
  const Uuid id = NewId();
  OpenOffline();
  CreatePending(ACustomer().Named("Ada").WithId(id));
  const Operation lost = Operations().back();
  const HqCustomer at_hq = AtHq(lost, "C-00000042");
  database_.Restore(backup);
  OpenOffline();
  CreatePending(ACustomer().Named("Eve").WithId(id));
  ASSERT_EQ(Operations().back().sequence(), lost.sequence());

  const uint64_t old_lineage = lineage();
  Deliver({ChangeOf(AppliedResult(lost, at_hq))});
  EXPECT_NE(lineage(), old_lineage) << "this database never made what HQ speaks of";
  EXPECT_THAT(Unsettled(), SizeIs(1)) << "HQ has yet to say what becomes of Eve";
  EXPECT_EQ(Get(CustomerName(id)).value().given_name(), "Eve");
}

// The copy is of before HQ acknowledged the operation, which HQ has settled since, and told the
// database that is gone. HQ's hello says that it is acknowledged: the subscription asks for its
// result again.
TEST_F(Lineages, RestoredDatabaseAsksForResultsAgain) {
  PROVES("P13");
  OpenOffline();
  CreatePending(ACustomer());
  const auto backup = database_.Copy();
  const auto held = HeldByHq(1);

  database_.Restore(backup);
  Open();
  EXPECT_THAT(hq_.subscriptions.written.front().hello().unsettled(), IsEmpty());
  Connect(held);
  const auto& asked = hq_.subscriptions.written.back().hello();
  ASSERT_THAT(asked.unsettled(), SizeIs(1));
  EXPECT_EQ(asked.unsettled(0).request_id(), Operations().front().request_id());
  EXPECT_THAT(asked.cursors(), IsEmpty()) << "they were named in the first hello";
}

// The feed tells of it before the upload does: nothing is passed over, for those results come again
// with what was lost.
TEST_F(Lineages, ResultOfAnOperationNeverMadeBeginsANewLineage) {
  PROVES("P13");
  OpenOffline();
  const auto backup = database_.Copy();
  const Operation lost = UploadedCreate();
  const uint64_t old_lineage = lineage();
  const uint64_t cursor = hq_sequence_;

  database_.Restore(backup);
  Open();
  hq::v1::UploadHelloReply silent = HeldByHq(0);
  Connect(silent);
  OperationResult result = ResultOf(lost, replication::v1::OPERATION_STATE_STAGED);
  Deliver({ChangeOf(result)});
  EXPECT_NE(lineage(), old_lineage);
  const channel::v1::Status status = Status();
  for (const auto& held : status.cursors()) EXPECT_LE(held.position().sequence(), cursor);

  Reconnect(HeldByHq(0));
  Deliver({ChangeOf(GivenBack(lost, old_lineage))});
  EXPECT_THAT(Get(NameOf(lost)).value(), IsPending());
}

// A replacement with an empty disk becomes complete by itself: it reads its own unsettled work
// back. (P13, B6)
TEST_F(Lineages, WipedServiceReadsItsOwnWorkBack) {
  PROVES("P13", "B6", "L5");
  OpenOffline();
  CreatePending(ACustomer().Named("Ada", "Lovelace").At(AnAddress()));
  const Operation operation = Operations().front();
  AcknowledgeUpload(1);
  const Customer before = Get(NameOf(operation)).value();
  const auto old = HeldByHq(1);

  database_.Restore({});
  Open();
  EXPECT_NE(lineage(), old.lineage());
  Connect(HeldByHq(0));
  Configure();
  EXPECT_THAT(*Get(NameOf(operation)), HasReason(Reason::kCustomerNotFound));
  Deliver({ChangeOf(GivenBack(operation, old.lineage()))});
  EXPECT_EQ(Get(NameOf(operation)).value().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(Status().outbox_depth(), 1);
  EXPECT_EQ(Status().outbox_unacknowledged(), 0);
  EXPECT_THAT(Uploaded(), IsEmpty());
  EXPECT_EQ(Unsettled()[0].state(), replication::v1::OPERATION_STATE_STAGED);

  // It comes only once, and is settled under the lineage that HQ knows it by.
  Deliver({ChangeOf(GivenBack(operation, old.lineage()))});
  EXPECT_EQ(Status().outbox_depth(), 1);
  OperationResult applied = AppliedResult(operation, AtHq(operation, "C-00000001"));
  applied.set_lineage(old.lineage());
  Deliver({ChangeOf(applied)});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
  EXPECT_EQ(Status().outbox_depth(), 0);
}

// After the wipe the POS repeated its create before HQ gave the first one back: one customer, one
// pending operation more to settle.
TEST_F(Lineages, CreateRepeatedAfterAWipeIsOneCustomer) {
  PROVES("P13", "C10", "B1");
  OpenOffline();
  const auto request = ACustomer().WithId(NewId());
  CreatePending(request);
  const Operation first = Operations().front();
  AcknowledgeUpload(1);
  const uint64_t old_lineage = lineage();

  database_.Restore({});
  OpenOffline();
  CreatePending(request);
  Deliver({ChangeOf(GivenBack(first, old_lineage))});
  EXPECT_EQ(Status().outbox_depth(), 1);
  EXPECT_THAT(Operations(), SizeIs(1));

  // HQ settles the first one while the second is still to be uploaded: sequences go up without
  // gaps, so it stays until it is.
  OperationResult applied = AppliedResult(first, AtHq(first, "C-00000001"));
  applied.set_lineage(old_lineage);
  CreatePending(ACustomer());
  Deliver({ChangeOf(applied)});
  Deliver({ChangeOf(applied)});
  EXPECT_EQ(Status().outbox_depth(), 1);
  EXPECT_THAT(Unsettled(), SizeIs(1));
  EXPECT_THAT(Operations(), SizeIs(2));
  AcknowledgeUpload(1);
  EXPECT_THAT(Operations(), SizeIs(1));
  EXPECT_THAT(Get(CustomerName(ParseCustomerName(request.Build().name()).value())).value(),
              IsSyncedAs("C-00000001"));
}

// HQ has the customer already when it gives the operation back (another service was faster): the
// store goes on showing HQ's record.
TEST_F(Lineages, WhatIsGivenBackDoesNotHideHqsRecord) {
  PROVES("S11", "P13");
  OpenOffline();
  const Operation operation = UploadedCreate();
  const uint64_t old_lineage = lineage();
  database_.Restore({});
  OpenOffline();
  Deliver(AtHq(operation, "C-00000001"));
  Deliver({ChangeOf(GivenBack(operation, old_lineage))});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Unsettled(), SizeIs(1));
}

// What was discarded while the store's database was lost is told to its replacement: the UUID
// resolves, and the repeated create too.
TEST_F(Lineages, WipedServiceLearnsWhatWasDiscarded) {
  PROVES("P8", "P9", "P13");
  OpenOffline();
  const auto request = ACustomer().WithId(NewId());
  CreatePending(request);
  const Operation operation = Operations().front();
  AcknowledgeUpload(1);
  OperationResult discarded =
      ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED, "OPERATION_DISCARDED");
  HqCustomer rejected = AtHq(operation, "");
  rejected.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  for (auto& change : rejected.Changes()) *discarded.add_records() = std::move(change);
  database_.Restore({});
  OpenOffline();
  Deliver({ChangeOf(discarded)});
  EXPECT_EQ(Get(NameOf(operation)).value().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_THAT(*Create(request), HasReason("CUSTOMER_REJECTED"));
  EXPECT_EQ(Status().outbox_depth(), 0);
}

// HQ gives back another create under our UUID: ours isn't settled by that one's result.
TEST_F(Lineages, ResultOfOtherContentDoesNotSettleOurs) {
  PROVES("C10", "P13");
  OpenOffline();
  const Uuid id = NewId();
  CreatePending(ACustomer().Named("Ada").WithId(id));
  Operation other = Operations().front();
  AcknowledgeUpload(1);
  other.set_request_digest(std::string(32, 'g'));
  OperationResult applied = AppliedResult(other, AtHq(other, "C-00000001"));
  applied.set_lineage(lineage() + 1);
  Deliver({ChangeOf(applied)});
  EXPECT_THAT(Unsettled(), SizeIs(1));
  EXPECT_THAT(Get(CustomerName(id)).value(), IsSyncedAs("C-00000001"));
}

// A store that keeps no customers gets results without records: only their digest says whose they
// are.
TEST_F(Lineages, AnAnswerWithoutRecordsIsKnownByItsDigest) {
  PROVES("S9", "P13");
  OpenOffline();
  const Uuid id = NewId();
  CreatePending(ACustomer().Named("Ada").WithId(id));
  const Operation lost = Operations().front();
  AcknowledgeUpload(1);
  const OperationResult of_lost = ResultOf(lost, replication::v1::OPERATION_STATE_APPLIED);
  database_.Restore({});
  OpenOffline();
  CreatePending(ACustomer().Named("Eve").WithId(id));
  const Operation kept = Operations().front();
  ASSERT_NE(kept.request_digest(), lost.request_digest());

  Deliver({ChangeOf(of_lost)});
  EXPECT_THAT(Unsettled(), SizeIs(1));
  Deliver({ChangeOf(ResultOf(kept, replication::v1::OPERATION_STATE_APPLIED))});
  EXPECT_THAT(Unsettled(), IsEmpty());
}

// The store lost a create and made another one under the same UUID, then got the first one back. HQ
// applied that one, to a customer whom the store may not see: the other one is still shown.
TEST_F(Lineages, AnotherCreateUnderOneUuidStaysInSight) {
  PROVES("S11", "P13", "V8");
  OpenOffline();
  const Uuid id = NewId();
  CreatePending(ACustomer().Named("Ada").WithId(id));
  const Operation first = Operations().front();
  AcknowledgeUpload(1);
  const uint64_t old_lineage = lineage();
  database_.Restore({});
  OpenOffline();
  CreatePending(ACustomer().Named("Eve").WithId(id).At(AnAddress()));
  Deliver({ChangeOf(GivenBack(first, old_lineage))});
  ASSERT_THAT(Unsettled(), SizeIs(2));

  OperationResult applied = GivenBack(first, old_lineage);
  applied.set_state(replication::v1::OPERATION_STATE_APPLIED);
  replication::v1::RecordChange& left = *applied.add_records();
  left.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
  left.set_key(std::string(id.bytes()));
  left.set_removed(true);
  left.set_version(7);
  Deliver({ChangeOf(applied)});
  ASSERT_THAT(Unsettled(), SizeIs(1));
  ASSERT_THAT(*Get(CustomerName(id)), IsOk());
  const customer::v1::Customer shown = Get(CustomerName(id)).value();
  EXPECT_EQ(shown.given_name(), "Eve");
  EXPECT_EQ(shown.state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(Status().customers(), 1);
}

// As before, but HQ shows the customer whose create was given back: what the other one had put
// there goes, and the addresses of this one stay until HQ's come.
TEST_F(Lineages, AddressesOfAnotherCreateGoWithHqsRecord) {
  PROVES("S11", "P8", "P13");
  OpenOffline();
  const Uuid id = NewId();
  CreatePending(ACustomer().Named("Ada").WithId(id).At(AnAddress()));
  const Operation first = Operations().front();
  AcknowledgeUpload(1);
  const uint64_t old_lineage = lineage();
  database_.Restore({});
  OpenOffline();
  CreatePending(ACustomer().Named("Eve").WithId(id).At(AnAddress()).At(AnAddress()));
  Deliver({ChangeOf(GivenBack(first, old_lineage))});
  ASSERT_THAT(Unsettled(), SizeIs(2));

  HqCustomer at_hq{FindCustomer(reader(), id)->value()};
  ASSERT_EQ(at_hq.record.request_digest(), first.request_digest());
  at_hq.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  at_hq.record.mutable_customer()->set_account_number("C-00000001");
  at_hq.record.set_version(NextHqSequence());
  Deliver({ChangeOf(at_hq.Changes()[0])});

  const auto address_at = [&](int place) {
    return FindAddress(reader(), {.customer = id, .address = DerivedAddressId(id, place)}).value();
  };
  EXPECT_TRUE(address_at(0).has_value());
  EXPECT_FALSE(address_at(1).has_value());
}

// A person at HQ discarded the create, and HQ's record came without its result.
TEST_F(Lineages, AddressOfADiscardedCreateGoesWithHqsRecord) {
  PROVES("S11", "P8", "P13");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer().Named("Ada").At(AnAddress()));
  const CustomerId id = *ParseCustomerName(pending.name());
  const AddressKey address = *ParseAddressName(pending.addresses(0).name());
  ASSERT_TRUE(FindAddress(reader(), address)->has_value());
  HqCustomer rejected{FindCustomer(reader(), id)->value()};
  rejected.record.clear_primary_address_id();
  rejected.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  rejected.record.set_version(NextHqSequence());
  Deliver({ChangeOf(rejected.Changes()[0])});
  EXPECT_EQ(Get(pending.name()).value().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_FALSE(FindAddress(reader(), address)->has_value());
}

// HQ has lost what it acknowledged: its database was restored. The unsettled operations go up
// again, in a new lineage.
TEST_F(Lineages, HqThatLostWhatItAcknowledgedGetsItAgain) {
  PROVES("P13");
  OpenOffline();
  const Operation first = UploadedCreate();
  const Operation second = UploadedCreate();
  const uint64_t old_lineage = lineage();
  hq_.uploads.Break(absl::UnavailableError("HQ restarts"));
  Advance(absl::Seconds(2));
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(1);
  hq_.uploads.Send(hello);
  Run();
  EXPECT_NE(lineage(), old_lineage);
  Reconnect(HeldByHq(0));
  EXPECT_THAT(Uploaded(), ElementsAre(1, 2));
  EXPECT_EQ(Operations()[0].request_id(), first.request_id());
  EXPECT_EQ(Operations()[1].request_id(), second.request_id());
}

// What was put back goes first into the new lineage: it is older than all that the new database
// made.
TEST_F(Lineages, NewLineageTakesWhatWasPutBackFirst) {
  PROVES("P13");
  OpenOffline();
  const Operation old = UploadedCreate();
  const uint64_t old_lineage = lineage();
  database_.Restore({});
  OpenOffline();
  CreatePending(ACustomer());
  const Operation made = Operations().front();
  Deliver({ChangeOf(GivenBack(old, old_lineage))});
  AcknowledgeUpload(1);
  hq_.uploads.Break(absl::UnavailableError("HQ restarts"));
  Advance(absl::Seconds(2));
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(0);
  hq_.uploads.Send(hello);
  Run();
  const auto operations = Operations();
  ASSERT_THAT(operations, SizeIs(2));
  EXPECT_EQ(operations[0].request_id(), old.request_id());
  EXPECT_EQ(operations[0].sequence(), 1);
  EXPECT_EQ(operations[1].request_id(), made.request_id());
  EXPECT_EQ(operations[1].sequence(), 2);
  EXPECT_EQ(Status().outbox_depth(), 2);
}

// Another service uploads under our id: an alarm, and this one goes on as if it were offline, until
// HQ takes it again.
TEST_F(Lineages, FencedGoesOnAsOffline) {
  PROVES("S8", "P13");
  OpenReady();
  hq_.uploads.Break(MakeError(Reason::kLineageFenced, "Another lineage is in use."));
  Run();
  EXPECT_THAT(Status().alarms(), Contains("LINEAGE_FENCED"));
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_OFFLINE);
  CreatePending(ACustomer());
  EXPECT_EQ(hq_.creates.count(), 0);

  Advance(absl::Seconds(30));
  ASSERT_TRUE(hq_.uploads.is_open());
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(0);
  hq_.uploads.Send(hello);
  Run();
  EXPECT_THAT(Status().alarms(), IsEmpty());
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_ONLINE);
  EXPECT_THAT(Uploaded(), ElementsAre(1));
}

// HQ's database was restored: it doesn't know our cursors. An alarm; the subscription is tried
// again, slowly.
TEST_F(Lineages, DivergedHqRaisesAnAlarm) {
  PROVES("P13");
  OpenReady();
  hq_.subscriptions.Break(MakeError(Reason::kDiverged, "Not a position of ours."));
  Run();
  EXPECT_THAT(Status().alarms(), ElementsAre("DIVERGED"));
  const int opened = hq_.subscriptions.opened;
  Advance(absl::Milliseconds(900));
  EXPECT_EQ(hq_.subscriptions.opened, opened);
  Advance(absl::Seconds(30));
  EXPECT_GT(hq_.subscriptions.opened, opened);
  EXPECT_THAT(Status().alarms(), ElementsAre("DIVERGED"));
}

}  // namespace
}  // namespace comptoir::channel
