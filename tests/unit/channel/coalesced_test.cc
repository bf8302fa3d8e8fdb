// How often the task of a Coalesced runs, and when.

#include "channel-service/sync/coalesced.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"

namespace comptoir::channel {
namespace {

class CoalescedTest : public ::testing::Test {
 protected:
  void Task() {
    ++runs_;
    clock_.Advance(takes_);
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  absl::Duration takes_ = absl::ZeroDuration();
  int runs_ = 0;
  Coalesced coalesced_{executor_, clock_, 4, [this] { Task(); }};
};

TEST_F(CoalescedTest, ASingleCallWaitsForNothing) {
  takes_ = absl::Milliseconds(1);
  coalesced_.Call();
  EXPECT_EQ(runs_, 0) << "not on the thread of the call";
  executor_.RunReady();
  EXPECT_EQ(runs_, 1);
}

TEST_F(CoalescedTest, CallsThatComeTogetherAreOne) {
  for (int i = 0; i < 10; ++i) coalesced_.Call();
  executor_.RunReady();
  EXPECT_EQ(runs_, 1);
  coalesced_.Call();
  executor_.RunReady();
  EXPECT_EQ(runs_, 2) << "what took no time needs no rest";
}

TEST_F(CoalescedTest, RestsFourTimesAsLongAsItTook) {
  takes_ = absl::Milliseconds(2);
  coalesced_.Call();
  executor_.RunReady();
  coalesced_.Call();
  executor_.Advance(absl::Milliseconds(7));
  EXPECT_EQ(runs_, 1);
  executor_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(runs_, 2) << "what was called meanwhile isn't forgotten";
  executor_.Advance(absl::Seconds(1));
  EXPECT_EQ(runs_, 2) << "nobody called again";
}

TEST_F(CoalescedTest, ACallDuringTheTaskIsAnother) {
  Coalesced* itself = nullptr;
  Coalesced calls_again(executor_, clock_, 4, [&] {
    if (++runs_ == 1) itself->Call();
  });
  itself = &calls_again;
  calls_again.Call();
  executor_.RunReady();
  EXPECT_EQ(runs_, 2);
}

TEST_F(CoalescedTest, AJumpOfTheClockIsNoLongRest) {
  takes_ = absl::Hours(1);
  coalesced_.Call();
  executor_.RunReady();
  takes_ = absl::ZeroDuration();
  coalesced_.Call();
  executor_.Advance(absl::Milliseconds(200));
  EXPECT_EQ(runs_, 2);
}

}  // namespace
}  // namespace comptoir::channel
