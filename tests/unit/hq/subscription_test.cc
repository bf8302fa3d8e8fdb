#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A new channel service says hello from nowhere and ends with all that HQ distributes, the chain's
// key included and the number sequence not.
TEST_F(SubscriptionTest, BootstrapBringsEverything) {
  PROVES("P1", "B6");
  ASSERT_THAT(Create(ACustomer().At(AnAddress()).At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  const auto& hello = stream.written->messages.at(0).hello();
  EXPECT_EQ(hello.epoch().counter(), 1u);
  EXPECT_THAT(hello.memberships(), SizeIs(5));
  EXPECT_EQ(hello.window_bytes_max(), options().subscribe_window_bytes_max);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(replica.records.count(ChainRecordKey()), 1u);
}

// Online and without backlog a change comes at once.
TEST_F(SubscriptionTest, TailsWithoutDelay) {
  PROVES("P3", "S2");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records.count(CustomerRecordKey(id)), 1u);
  EXPECT_EQ(replica.records, Distributed());
}

// After a pause it goes on at its cursor: nothing twice, nothing left out.
TEST_F(SubscriptionTest, ResumesAtItsCursors) {
  PROVES("P13");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Follow(stream, replica);
  stream.Break();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Restart();
  stream = Resume(replica, kLineage);
  uint64_t changes = 0;
  for (const auto& message : stream.written->messages) changes += message.batch().changes_size();
  EXPECT_EQ(changes, 1u);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// One membership begins anew while the others stand at the end: it is read from zero.
TEST_F(SubscriptionTest, OneMembershipFromZero) {
  ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  replica.cursors.erase({replication::v1::JOB_1010_CUSTOMERS, "all"});
  std::erase_if(replica.records, [](const auto& record) { return record.first.front() <= '\x02'; });
  stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// Many changes of one record are one change for whoever was away.
TEST_F(SubscriptionTest, FeedHoldsTheLatestOnly) {
  PROVES("P13");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  for (int i = 0; i < 50; ++i) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_notes(std::to_string(i));
    request.mutable_update_mask()->add_paths("notes");
    ASSERT_THAT(Update(request), IsOk());
  }
  stream = Resume(replica, kLineage);
  const auto& batch = stream.written->messages.at(1).batch();
  ASSERT_THAT(batch.changes(), SizeIs(1));
  storage::v1::CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(batch.changes(0).record().record()));
  EXPECT_EQ(record.customer().notes(), "49");
  EXPECT_EQ(record.version(), batch.changes(0).record().version());
}

// HQ gives no more than the window before it hears that what it sent is durable. (P6)
class NarrowSubscriptionTest : public SubscriptionTest {
 protected:
  NarrowSubscriptionTest()
      : SubscriptionTest({.subscribe_window_bytes_max = 2000, .change_batch_bytes_max = 1000}) {}
};

TEST_F(NarrowSubscriptionTest, WindowBoundsWhatIsUnderWay) {
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  size_t bytes = 0;
  for (const auto& message : stream.written->messages) bytes += message.ByteSizeLong();
  EXPECT_LT(bytes, 5000u);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_GT(replica.batches, 30u);
}

// A membership begins anew while the others stand at the end, and the stream breaks after each
// batch: none of the cursors runs ahead of what was sent.
TEST_F(NarrowSubscriptionTest, MembershipsAdvanceEachByItself) {
  PROVES("P13");
  for (int i = 0; i < 30; ++i) ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  replica.cursors.erase({replication::v1::JOB_1010_CUSTOMERS, "all"});
  std::erase_if(replica.records, [](const auto& record) { return record.first.front() <= '\x02'; });
  for (int i = 0; i < 30 && replica.records != Distributed(); ++i) {
    stream = Resume(replica, kLineage);
    replica.Apply(stream.written->messages.at(1).batch());
    stream.Break();
  }
  EXPECT_EQ(replica.records, Distributed());
}

// However small the batches, what was committed at one position is in one of them.
TEST_F(NarrowSubscriptionTest, SequencesAreNeverSplit) {
  PROVES("P1");
  auto customer = ACustomer().WithId(NewId());
  for (int i = 0; i < 100; ++i) customer.At(AnAddress());
  ASSERT_THAT(Create(customer), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_EQ(replica.largest_batch, 101u);
  EXPECT_EQ(replica.records, Distributed());
}

// HQ was restored from a backup: it never gave this position, and asks for what it lost.
TEST_F(SubscriptionTest, UnknownPositionIsADivergence) {
  PROVES("P13");
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  database().Restore(backup);
  Restart();
  stream = Resume(replica, kLineage);
  EXPECT_TRUE(stream.written->messages.at(0).hello().has_offers_wanted());
  EXPECT_THAT(ServiceInfo()->alarms(), ElementsAre("DIVERGED"));
  stream.Break();
  // It begins again, from zero.
  stream = OpenSubscription(SubscribeHello(kLineage));
  EXPECT_THAT(stream.finished(), IsOk());
  EXPECT_THAT(ServiceInfo()->alarms(), IsEmpty());
}

// Silence is no death: heartbeats come, with the high watermark; cursors follow what isn't visible.
TEST_F(SubscriptionTest, HeartbeatsAndInvisibleCommits) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  Advance(absl::Seconds(3));
  size_t heartbeats = 0;
  for (const auto& message : stream.written->messages) heartbeats += message.has_heartbeat();
  EXPECT_GE(heartbeats, 2u);
  Follow(stream, replica);

  // A result of another channel service is none of this one's business.
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))}, "register-7");
  Follow(stream, replica);
  Advance(absl::Seconds(2));
  Follow(stream, replica);
  EXPECT_THAT(replica.results, IsEmpty());
  const auto& cursor = replica.cursors[{replication::v1::JOB_1010_CUSTOMERS, "all"}];
  EXPECT_EQ(cursor.position().sequence(), Status()->high_watermark().sequence());
  EXPECT_EQ(ServiceInfo()->lag_changes(), 0u);
  EXPECT_TRUE(ServiceInfo()->subscribe_connected());
}

// A fenced newcomer must not read, and so delete, the results of the one that is alive.
TEST_F(SubscriptionTest, FencedNewcomerReadsNothing) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Replica clone;
  SubscribeStream second = Resume(clone, kOtherLineage);
  EXPECT_THAT(second.finished(), HasReason("LINEAGE_FENCED"));
  EXPECT_THAT(second.written->messages, IsEmpty());
  EXPECT_FALSE(stream.written->finished.has_value());
}

// An acknowledgement of what was never sent.
TEST_F(SubscriptionTest, ImpossibleAcknowledgementEndsTheStream) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Acknowledge(stream, 99);
  EXPECT_THAT(stream.finished(), HasReason("SEQUENCE_GAP"));
}

}  // namespace
}  // namespace comptoir::hq
