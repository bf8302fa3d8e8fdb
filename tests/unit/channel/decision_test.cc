#include "channel-service/domain/commands/decision.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/status.h"
#include "tests/support/proves.h"

namespace comptoir::channel {
namespace {

// Where customer data is filtered every create goes through HQ or not at all: nothing becomes
// pending, whatever the link and the answer. (S9)
TEST(Decision, FilteredGoesThroughHqOrNotAtAll) {
  PROVES("S9");
  const auto decide = [](HqOutcome outcome) {
    return Decide(CreateMode::kFiltered, LinkBelief::kOnline, outcome);
  };
  EXPECT_EQ(Decide(CreateMode::kFiltered, LinkBelief::kOffline, HqOutcome::kNotAsked),
            CreateAction::kRefuseFiltered);
  EXPECT_EQ(decide(HqOutcome::kNotAsked), CreateAction::kAskHq);
  EXPECT_EQ(decide(HqOutcome::kOk), CreateAction::kReturnAnswer);
  EXPECT_EQ(decide(HqOutcome::kRefusal), CreateAction::kReturnRefusal);
  EXPECT_EQ(decide(HqOutcome::kAnythingElse), CreateAction::kOutcomeUnknown);
}

// An asynchronous channel never asks, whatever the link. (S3, S8)
TEST(Decision, AsynchronousNeverAsks) {
  PROVES("S3", "S4");
  for (const LinkBelief link : {LinkBelief::kOnline, LinkBelief::kOffline}) {
    EXPECT_EQ(Decide(CreateMode::kAsynchronous, link, HqOutcome::kNotAsked),
              CreateAction::kCreatePending);
  }
}

TEST(Decision, SynchronousOfflineIsPendingAtOnce) {
  PROVES("S8");
  EXPECT_EQ(Decide(CreateMode::kSynchronous, LinkBelief::kOffline, HqOutcome::kNotAsked),
            CreateAction::kCreatePending);
}

TEST(Decision, SynchronousOnlineAsks) {
  PROVES("S2");
  EXPECT_EQ(Decide(CreateMode::kSynchronous, LinkBelief::kOnline, HqOutcome::kNotAsked),
            CreateAction::kAskHq);
}

TEST(Decision, SynchronousOnlineDoesWhatHqAnswers) {
  PROVES("S2", "S5");
  const auto decide = [](HqOutcome outcome) {
    return Decide(CreateMode::kSynchronous, LinkBelief::kOnline, outcome);
  };
  EXPECT_EQ(decide(HqOutcome::kOk), CreateAction::kStoreAnswer);
  EXPECT_EQ(decide(HqOutcome::kRefusal), CreateAction::kReturnRefusal);
  EXPECT_EQ(decide(HqOutcome::kAnythingElse), CreateAction::kCreatePending);
}

// Only a status with our reason that is marked as a refusal is one. The same code without it is
// anything else. (S5)
TEST(Decision, OnlyOurRefusalsAreRefusals) {
  PROVES("S5");
  EXPECT_EQ(OutcomeOf(absl::OkStatus()), HqOutcome::kOk);
  EXPECT_EQ(OutcomeOf(MakeError(Reason::kInvalidFields, "Refused.")), HqOutcome::kRefusal);
  EXPECT_EQ(OutcomeOf(MakeError(Reason::kRequestIdReused, "Refused.")), HqOutcome::kRefusal);
  for (const absl::Status& status : {
           absl::InvalidArgumentError("no reason"),
           absl::UnavailableError("connection refused"),
           absl::DeadlineExceededError("slow"),
           absl::UnimplementedError("an older HQ"),
           absl::InternalError("broken"),
           absl::UnauthenticatedError("unknown certificate"),
           MakeError(Reason::kOverloaded, "Full."),
           MakeError(Reason::kUnauthenticated, "Unknown."),
           MakeError(Reason::kNumberSequenceBlocked, "Blocked."),
           MakeError(Reason::kNumberSequenceExhausted, "Exhausted."),
           MakeError(Reason::kDiskFull, "Full."),
           MakeError(Reason::kShuttingDown, "Stopping."),
       }) {
    EXPECT_EQ(OutcomeOf(status), HqOutcome::kAnythingElse) << status;
  }
}

}  // namespace
}  // namespace comptoir::channel
