// The upload and the subscription of a running service.

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

class Streams : public ChannelTest {
 protected:
  std::vector<std::vector<uint64_t>> Batches() {
    std::vector<std::vector<uint64_t>> batches;
    for (const auto& request : hq_.uploads.written) {
      if (!request.has_batch()) continue;
      auto& batch = batches.emplace_back();
      for (const auto& operation : OperationsOf(request)) batch.push_back(operation.sequence());
    }
    return batches;
  }

  std::vector<uint64_t> AcknowledgedBatches() {
    std::vector<uint64_t> batches;
    for (const auto& request : hq_.subscriptions.written) {
      if (request.has_acknowledgement()) batches.push_back(request.acknowledgement().batch());
    }
    return batches;
  }
};

TEST_F(Streams, BothSayHello) {
  PROVES("P7", "B6");
  OpenReady();
  const auto& upload = hq_.uploads.written.front().hello();
  EXPECT_EQ(upload.channel_service(), "store-052");
  EXPECT_THAT(upload.channels(), ElementsAre("052"));
  EXPECT_EQ(upload.protocol_version(), 1);
  EXPECT_NE(upload.lineage(), 0);
  EXPECT_EQ(upload.epoch().counter(), 1);
  const auto& subscription = hq_.subscriptions.written.front().hello();
  EXPECT_EQ(subscription.lineage(), upload.lineage());
  EXPECT_THAT(subscription.cursors(), IsEmpty()) << "an empty disk reads from the beginning";

  Open();
  EXPECT_EQ(hq_.uploads.written.front().hello().epoch().counter(), 2);
  const auto& again = hq_.subscriptions.written.front().hello();
  ASSERT_THAT(again.cursors(), SizeIs(5));
  for (const auto& cursor : again.cursors()) {
    EXPECT_EQ(cursor.position().sequence(), hq_sequence_);
  }
}

// A create wakes the upload: it doesn't wait for the next poll. (P3)
TEST_F(Streams, PendingCreateIsUploadedAtOnce) {
  PROVES("P3", "P7");
  OpenOffline();
  CreatePending(ACustomer());
  EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1)));
}

// While there is no stream a create wakes nobody: what it left is uploaded when HQ says hello.
TEST_F(Streams, CreatesWakeNobodyWithoutAStream) {
  PROVES("P3", "P7");
  OpenOffline();
  hq_.uploads.Break(absl::UnavailableError("connection reset"));
  Run();
  const size_t timers = executor_.pending();
  Reply<Customer> reply;
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = ACustomer();
  service_->CreateCustomer(request, {}, reply.done());
  for (auto& [done, status] : queue().RunGroup()) done(status);
  EXPECT_THAT(*reply, IsOk());
  EXPECT_EQ(executor_.pending(), timers);
  Run();
  Advance(absl::Seconds(2));
  Connect(HeldByHq(0));
  EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1)));
}

TEST_F(Streams, BatchesAndWindowAreBounded) {
  PROVES("P7", "S4");
  options_.upload_batch_operations_max = 3;
  Open();
  hq_.probe_answer = absl::UnavailableError("connection refused");
  OpenOffline();
  hq_.uploads.Break(absl::UnavailableError("connection reset"));
  Run();
  for (int i = 0; i < 7; ++i) CreatePending(ACustomer());
  Advance(absl::Seconds(2));
  auto reply = HeldByHq(0);
  reply.set_window_bytes_max(1);
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = reply;
  hq_.uploads.Send(hello);
  Run();
  EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1, 2, 3))) << "one batch always fits";
  AcknowledgeUpload(3);
  EXPECT_THAT(Batches(), SizeIs(2));
  AcknowledgeUpload(6);
  EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6), ElementsAre(7)));
  EXPECT_EQ(Status().outbox_unacknowledged(), 1);
  AcknowledgeUpload(7);
  EXPECT_EQ(Status().outbox_unacknowledged(), 0);
  EXPECT_EQ(Status().outbox_depth(), 7) << "acknowledged isn't settled";
}

// HQ gives no credit: the upload waits, without losing the stream, until it does. (S4)
TEST_F(Streams, ZeroWindowPausesTheUpload) {
  PROVES("S4");
  hq_.probe_answer = absl::UnavailableError("connection refused");
  Open();
  auto reply = HeldByHq(0);
  reply.set_window_bytes_max(0);
  Connect(reply);
  Configure();
  CreatePending(ACustomer());
  Advance(absl::Minutes(2));
  EXPECT_THAT(Batches(), IsEmpty());
  hq::v1::UploadResponse credit;
  credit.mutable_acknowledgement()->set_window_bytes_max(1 << 20);
  hq_.uploads.Send(credit);
  Run();
  EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1)));
}

// HQ takes the batch and never acknowledges: the stream is given up and opened again.
TEST_F(Streams, SilentUploadIsOpenedAgain) {
  PROVES("P7");
  OpenOffline();
  CreatePending(ACustomer());
  const int opened = hq_.uploads.opened;
  Advance(absl::Seconds(40));
  EXPECT_EQ(hq_.uploads.opened, opened + 1);
  EXPECT_THAT(Batches(), IsEmpty()) << "HQ says first what it has";
}

TEST_F(Streams, SilentSubscriptionIsOpenedAgain) {
  PROVES("P7");
  OpenReady();
  const int opened = hq_.subscriptions.opened;
  for (int i = 0; i < 60; ++i) {
    Advance(absl::Seconds(1));
    hq::v1::SubscribeResponse heartbeat;
    *heartbeat.mutable_heartbeat()->mutable_high_watermark() = PositionAt(hq_sequence_);
    hq_.subscriptions.Send(heartbeat);
  }
  EXPECT_EQ(hq_.subscriptions.opened, opened);
  Advance(absl::Seconds(15));
  EXPECT_EQ(hq_.subscriptions.opened, opened + 1);
}

// HQ is away: streams are opened again with jitter, at most a second apart.
TEST_F(Streams, ReconnectsWithinASecond) {
  PROVES("S7", "S8");
  OpenReady();
  hq_.probe_answer = absl::UnavailableError("connection refused");
  for (int i = 0; i < 10; ++i) {
    hq_.uploads.Break(absl::UnavailableError("connection refused"));
    Run();
    EXPECT_FALSE(hq_.uploads.is_open());
    Advance(absl::Milliseconds(1010));
    ASSERT_TRUE(hq_.uploads.is_open());
  }
}

// HQ is back: once it has greeted one stream the other isn't put off, but for what an operator has
// to mend.
TEST_F(Streams, BothAreOpenedOnceHqAnswersOne) {
  PROVES("P3");
  OpenReady();
  const auto unavailable = absl::UnavailableError("connection refused");
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(0);
  hq_.uploads.Break(unavailable);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(hq_.uploads.is_open());
  hq_.subscriptions.Break(unavailable);
  Run();
  ASSERT_FALSE(hq_.subscriptions.is_open());
  hq_.uploads.Send(hello);
  Run();
  EXPECT_TRUE(hq_.subscriptions.is_open());

  hq_.uploads.Break(unavailable);
  Run();
  ASSERT_FALSE(hq_.uploads.is_open());
  GreetSubscription();
  EXPECT_TRUE(hq_.uploads.is_open());

  hq_.subscriptions.Break(absl::UnauthenticatedError("who are you?"));
  Run();
  hq_.uploads.Send(hello);
  Run();
  EXPECT_FALSE(hq_.subscriptions.is_open());
}

// HQ ended the one stream with a reason: that it greets the other doesn't open it before its time,
// or two that fail in turn would open each other for ever.
TEST_F(Streams, WhatEndedWithAReasonIsNotOpenedAtOnce) {
  PROVES("P3");
  OpenReady();
  const auto failed = MakeError(Reason::kStorageFailed, "HQ cannot write.");
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(0);
  hq_.subscriptions.Break(absl::UnavailableError("connection refused"));
  Advance(absl::Seconds(1));
  ASSERT_TRUE(hq_.subscriptions.is_open());
  hq_.uploads.Break(failed);
  Run();
  GreetSubscription();
  EXPECT_FALSE(hq_.uploads.is_open());
  Advance(absl::Seconds(1));
  ASSERT_TRUE(hq_.uploads.is_open());

  hq_.subscriptions.Break(failed);
  Run();
  hq_.uploads.Send(hello);
  Run();
  EXPECT_FALSE(hq_.subscriptions.is_open());
  Advance(absl::Seconds(1));
  EXPECT_TRUE(hq_.subscriptions.is_open());
}

// An operation is sent as the bytes that are stored, what this version doesn't know included.
TEST_F(Streams, SendsTheBytesThatAreStored) {
  PROVES("P7");
  OpenReady();
  const auto captured = [&] {
    replication::v1::Operation operation;
    const std::string id(NewId().bytes());
    operation.set_customer_id(id);
    operation.set_request_id(id);
    operation.mutable_create_customer();
    operation.GetReflection()->MutableUnknownFields(&operation)->AddLengthDelimited(9000, "later");
    return operation;
  }();
  const auto transaction = database_.NewTransaction();
  auto state = ReadOutboxState(*transaction);
  ASSERT_THAT(state, IsOk());
  ASSERT_THAT(AppendOperation(*transaction, *state, captured), IsOk());
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  const auto rows = ReadOperations(reader(), 0, 10, 1 << 20);
  ASSERT_THAT(rows, IsOk());
  ASSERT_THAT(*rows, SizeIs(1));
  const std::string stored(rows->front().operation());
  ASSERT_THAT(stored, ::testing::HasSubstr("later"));

  Advance(absl::Seconds(2));
  std::vector<std::string> sent;
  for (const auto& request : hq_.uploads.written) {
    for (const std::string& bytes : request.batch().operations()) sent.push_back(bytes);
  }
  EXPECT_THAT(sent, ElementsAre(stored));
}

// A batch is acknowledged when it is durable, not before. (P7)
TEST_F(Streams, BatchesAreAcknowledgedWhenDurable) {
  PROVES("P7");
  OpenReady();
  hq::v1::SubscribeResponse response;
  response.mutable_batch()->set_batch(batch_ + 1);
  hq_.subscriptions.Send(response);
  executor_.RunReady();
  EXPECT_THAT(AcknowledgedBatches(), ElementsAre(1));
  Run();
  EXPECT_THAT(AcknowledgedBatches(), ElementsAre(1, 2));
}

// The disk is full for one batch: those behind it are not applied either, or their cursors would
// pass over it. (P7)
TEST_F(Streams, BatchThatFailsIsNotPassedOver) {
  PROVES("P7");
  OpenReady();
  const uint64_t before = hq_sequence_;
  CreateSynced(ACustomer().WithId(NewId()), "C-00000001");
  database_.set_free_bytes(0);
  Deliver(std::vector<replication::v1::Change>());
  EXPECT_FALSE(hq_.subscriptions.is_open());
  database_.set_free_bytes(uint64_t{1} << 40);
  const channel::v1::Status status = Status();
  for (const auto& cursor : status.cursors()) {
    EXPECT_EQ(cursor.position().sequence(), before);
  }
}

// Two batches are under way when the first one's commit is refused; the second would have
// succeeded. (P7)
TEST_F(Streams, BatchBehindAFailedOneIsNotApplied) {
  PROVES("P7");
  OpenReady();
  const uint64_t before = hq_sequence_;
  for (int i = 0; i < 2; ++i) {
    hq::v1::SubscribeResponse response;
    hq::v1::ChangeBatch& batch = *response.mutable_batch();
    batch.set_batch(++batch_);
    replication::v1::Cursor& cursor = *batch.add_cursors();
    cursor.mutable_membership()->set_job(replication::v1::JOB_1010_CUSTOMERS);
    cursor.mutable_membership()->set_book("all");
    cursor.mutable_membership()->set_id(1);
    *cursor.mutable_position() = PositionAt(NextHqSequence());
    hq_.subscriptions.Send(response);
    if (i > 0) continue;
    // Only the first one is answered DISK_FULL, and not before the second is queued.
    database_.set_free_bytes(0);
    CommitQueue::Answers answers = queue().RunGroup();
    database_.set_free_bytes(uint64_t{1} << 40);
    for (auto& [done, status] : answers) done(status);
  }
  // The second one's turn comes before the loop hears of the first.
  CommitQueue::Answers answers = queue().RunGroup();
  for (auto& [done, status] : answers) done(status);
  Run();
  const channel::v1::Status status = Status();
  for (const auto& cursor : status.cursors()) {
    EXPECT_EQ(cursor.position().sequence(), before);
  }
}

// A stream that is behind another that was cut off brings what is known: cursors never go back.
TEST_F(Streams, CursorsNeverGoBack) {
  PROVES("P7");
  OpenReady();
  const uint64_t before = hq_sequence_;
  hq_sequence_ = 10;
  Deliver(std::vector<replication::v1::Change>());
  const channel::v1::Status status = Status();
  for (const auto& cursor : status.cursors()) {
    EXPECT_EQ(cursor.position().sequence(), before);
  }
}

// Memberships that HQ doesn't list are dropped with their cursors; one gained anew is read from the
// beginning.
TEST_F(Streams, MembershipsAreReconciled) {
  PROVES("V8");
  OpenReady();
  hq_.subscriptions.Break(absl::UnavailableError("connection reset"));
  Advance(absl::Seconds(2));
  hq::v1::SubscribeResponse response;
  for (const uint64_t id : {1, 2}) {
    replication::v1::Membership& membership = *response.mutable_hello()->add_memberships();
    membership.set_job(id == 1 ? replication::v1::JOB_1070_CHANNELS
                               : replication::v1::JOB_1010_CUSTOMERS);
    membership.set_book("all");
    membership.set_id(id);
  }
  hq_.subscriptions.Send(response);
  Run();
  ASSERT_THAT(Status().cursors(), SizeIs(2));
  EXPECT_EQ(Status().cursors(0).position().sequence(), 0) << "gained anew";
  EXPECT_EQ(Status().cursors(1).position().sequence(), hq_sequence_);
}

TEST_F(Streams, LagIsBehindTheHighWatermark) {
  PROVES("M3");
  OpenReady();
  EXPECT_EQ(Status().lag_changes(), 0);
  hq::v1::SubscribeResponse heartbeat;
  *heartbeat.mutable_heartbeat()->mutable_high_watermark() = PositionAt(hq_sequence_ + 5);
  hq_.subscriptions.Send(heartbeat);
  EXPECT_EQ(Status().lag_changes(), 5);
  EXPECT_EQ(Status().high_watermark().sequence(), hq_sequence_ + 5);
}

// The channel's profile changes to asynchronous: from when that is delivered, HQ isn't asked. (S1,
// F7)
TEST_F(Streams, ConfigurationTakesEffectWhenDelivered) {
  PROVES("S1");
  OpenReady();
  Create(ACustomer());
  EXPECT_EQ(hq_.creates.count(), 1);
  asynchronous_ = true;
  Configure();
  CreatePending(ACustomer());
  EXPECT_EQ(hq_.creates.count(), 1);
}

// HQ is told what it has acknowledged and not settled, so that nothing waits for a result that was
// lost. (P13)
TEST_F(Streams, HelloNamesAcknowledgedOperations) {
  PROVES("P13");
  OpenOffline();
  CreatePending(ACustomer());
  CreatePending(ACustomer());
  AcknowledgeUpload(1);
  Open();
  const auto& hello = hq_.subscriptions.written.front().hello();
  ASSERT_THAT(hello.unsettled(), SizeIs(1));
  EXPECT_EQ(hello.unsettled(0).sequence(), 1);
  EXPECT_EQ(hello.unsettled(0).request_id(), Operations().front().request_id());
  EXPECT_EQ(hello.unsettled(0).request_digest(), Operations().front().request_digest());
}

TEST_F(Streams, StopEndsBoth) {
  PROVES("K1");
  OpenReady();
  service_->Stop();
  Run();
  EXPECT_FALSE(hq_.uploads.is_open());
  EXPECT_FALSE(hq_.subscriptions.is_open());
  const int opened = hq_.uploads.opened;
  Advance(absl::Minutes(1));
  EXPECT_EQ(hq_.uploads.opened, opened);
}

// HQ cannot read an operation: an operator sees it until one of them is acknowledged, whatever else
// HQ says; and HQ isn't asked again and again meanwhile.
TEST_F(Streams, UnreadableOperationRaisesAnAlarm) {
  PROVES("P7");
  OpenOffline();
  CreatePending(ACustomer());
  const absl::Status unreadable = MakeError(Reason::kProtocolVersion, "It cannot be read.");
  hq::v1::UploadResponse hello;
  *hello.mutable_hello() = HeldByHq(0);
  hq_.uploads.Break(unreadable);
  hq_.subscriptions.Break(absl::UnavailableError("connection reset"));
  Advance(absl::Seconds(1));
  GreetSubscription();
  const int opened = hq_.uploads.opened;
  for (int i = 0; i < 120; ++i) {
    Advance(absl::Milliseconds(500));
    if (!hq_.uploads.is_open()) continue;
    hq_.uploads.Send(hello);
    EXPECT_THAT(Batches(), ElementsAre(ElementsAre(1)));
    EXPECT_THAT(Status().alarms(), ElementsAre("OPERATIONS_CORRUPT"));
    hq_.uploads.Break(unreadable);
  }
  EXPECT_THAT(hq_.uploads.opened - opened, AllOf(Ge(3), Le(8)));
  EXPECT_THAT(Status().alarms(), ElementsAre("OPERATIONS_CORRUPT"));

  while (!hq_.uploads.is_open()) Advance(absl::Seconds(1));
  hq_.uploads.Send(hello);
  AcknowledgeUpload(1);
  EXPECT_THAT(Status().alarms(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::channel
