// Where a customer is on its way.

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::TraceStage;

class TraceTest : public SubscriptionTest {
 protected:
  absl::StatusOr<v1::CustomerTrace> Trace(const std::string& name) {
    v1::TraceCustomerRequest request;
    request.set_name(name);
    return Administer<v1::CustomerTrace>(request);
  }
  static std::vector<TraceStage::Stage> StagesOf(const v1::CustomerTrace& trace) {
    std::vector<TraceStage::Stage> stages;
    for (const TraceStage& stage : trace.stages()) stages.push_back(stage.stage());
    return stages;
  }
};

// From its capture over the wait for a number to the store that has read it, with the times.
TEST_F(TraceTest, FollowsACustomerHome) {
  PROVES("M2");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  const CustomerId id = NewId();
  const Operation operation = CreateOperation(1, ACustomer().WithId(id));
  const absl::Time captured = clock_.Now();
  Advance(absl::Hours(2));
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {operation});
  auto trace = Trace(CustomerName(id));
  ASSERT_THAT(trace, IsOk());
  EXPECT_THAT(StagesOf(*trace),
              ElementsAre(TraceStage::CAPTURED, TraceStage::STAGED, TraceStage::WAITING));
  EXPECT_EQ(trace->stages(0).time().seconds(), absl::ToUnixSeconds(captured));
  EXPECT_EQ(trace->stages(0).channel(), kChannel);
  EXPECT_EQ(trace->stages(0).operation(), "operations/houston-1/1001/1");
  EXPECT_EQ(trace->stages(1).time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(trace->stages(1).channel_service(), kStore);
  EXPECT_EQ(trace->stages(2).reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_EQ(trace->state(), customer::v1::CUSTOMER_STATE_PENDING);

  Advance(absl::Hours(1));
  SetNumbersBlocked(false);
  trace = Trace("accountNumbers/C-00000001");
  ASSERT_THAT(trace, IsOk());
  EXPECT_THAT(StagesOf(*trace), ElementsAre(TraceStage::CAPTURED, TraceStage::STAGED,
                                            TraceStage::NUMBERED, TraceStage::APPLYING));
  EXPECT_EQ(trace->account_number(), "C-00000001");
  EXPECT_EQ(trace->stages(2).time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_NE(trace->stages(2).sequence(), 0u);
  Follow(stream, replica);
  trace = Trace(CustomerName(id));
  EXPECT_EQ(trace->stages(3).stage(), TraceStage::APPLIED);
  EXPECT_EQ(trace->stages(3).channel_service(), kStore);
  EXPECT_EQ(trace->stages(3).time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(trace->stages(3).session(), ::testing::HasSubstr("houston-1/downloadSessions/"));
}

// The session that brought it is known while it is open and when it has ended.
TEST_F(TraceTest, NamesSessions) {
  PROVES("M2", "P6");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id))});
  EXPECT_EQ(Trace(CustomerName(id))->stages(1).session(),
            "channelServices/houston-1/uploadSessions/1");
  Advance(absl::Minutes(2));
  UploadOnce(kLineage, {CreateOperation(2, ACustomer().WithId(NewId()))});
  EXPECT_EQ(Trace(CustomerName(id))->stages(1).session(),
            "channelServices/houston-1/uploadSessions/1");
}

// 1010 is run by hand: published is a stage, and what isn't is why no store has it.
TEST_F(TraceTest, PublishedIsAStageOfAManualJob) {
  PROVES("M2");
  v1::UpdateConfigurationRequest manual;
  manual.mutable_configuration()->mutable_batch_job()->set_name("batchJobs/1010");
  manual.mutable_configuration()->mutable_batch_job()->set_mode(v1::BATCH_JOB_MODE_MANUAL);
  manual.mutable_update_mask()->add_paths("mode");
  ASSERT_THAT(Administer<v1::Configuration>(manual), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  auto trace = Trace(CustomerName(id));
  EXPECT_THAT(StagesOf(*trace), ElementsAre(TraceStage::CAPTURED, TraceStage::NUMBERED,
                                            TraceStage::PUBLISHING, TraceStage::APPLYING));
  EXPECT_EQ(trace->stages(2).reason(), "JOB_MANUAL");
  EXPECT_EQ(trace->stages(3).reason(), "NOT_PUBLISHED");

  Advance(absl::Hours(1));
  v1::RunJobRequest run;
  run.set_name("batchJobs/1010");
  ASSERT_THAT(Administer<v1::JobRun>(run), IsOk());
  const absl::Time published = clock_.Now();
  Advance(absl::Minutes(1));
  ASSERT_THAT(Administer<v1::JobRun>(run), IsOk());
  Follow(stream, replica);
  trace = Trace(CustomerName(id));
  EXPECT_THAT(StagesOf(*trace), ElementsAre(TraceStage::CAPTURED, TraceStage::NUMBERED,
                                            TraceStage::PUBLISHED, TraceStage::APPLIED));
  EXPECT_EQ(trace->stages(2).time().seconds(), absl::ToUnixSeconds(published));
}

// Somebody has paused the store.
TEST_F(TraceTest, ShowsThePause) {
  PROVES("M2", "P6");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  v1::CancelSessionRequest cancel;
  cancel.set_name("channelServices/houston-1/downloadSessions/current");
  ASSERT_THAT(Administer<v1::Session>(cancel), IsOk());
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  EXPECT_EQ(Trace(CustomerName(id))->stages(2).reason(), "SESSION_PAUSED");
}

// A customer that was refused, corrected, refused and given up.
TEST_F(TraceTest, ShowsWhatPeopleDid) {
  PROVES("M2", "P8");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Email("nobody"))});
  Advance(absl::Minutes(1));
  EXPECT_THAT(StagesOf(*Trace(CustomerName(id))),
              ElementsAre(TraceStage::CAPTURED, TraceStage::STAGED, TraceStage::REFUSED));
  v1::DiscardOperationRequest discard;
  discard.set_name("operations/houston-1/1001/1");
  discard.set_reason("entered twice");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(discard, {}), IsOk());
  const auto trace = Trace(CustomerName(id));
  ASSERT_THAT(trace, IsOk());
  EXPECT_THAT(StagesOf(*trace), ElementsAre(TraceStage::CAPTURED, TraceStage::STAGED,
                                            TraceStage::DISCARDED, TraceStage::APPLYING));
  EXPECT_EQ(trace->stages(2).reason(), "entered twice");
  EXPECT_EQ(trace->state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(trace->stages(3).reason(), "DISCONNECTED");
}

TEST_F(TraceTest, OfACustomerCreatedInRealTime) {
  PROVES("M2");
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  EXPECT_THAT(StagesOf(*Trace(CustomerName(id))),
              ElementsAre(TraceStage::CAPTURED, TraceStage::NUMBERED));
  EXPECT_THAT(Trace(CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
}

}  // namespace
}  // namespace comptoir::hq
