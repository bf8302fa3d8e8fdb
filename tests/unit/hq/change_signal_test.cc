#include "hq-service/jobs/change_signal.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"

namespace comptoir::hq {
namespace {

class ChangeSignalTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kWait = absl::Milliseconds(5);

  ChangeSignalTest() {
    signal_->Listen([this] { ++told_; });
  }
  int ToldBy(absl::Duration duration) {
    executor_.Advance(duration);
    return std::exchange(told_, 0);
  }
  int ToldNow() { return ToldBy(absl::ZeroDuration()); }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  const std::shared_ptr<ChangeSignal> signal_ = std::make_shared<ChangeSignal>(executor_, kWait);
  int told_ = 0;
};

TEST_F(ChangeSignalTest, WhatIsToldTogetherIsOne) {
  for (int i = 0; i < 3; ++i) signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
}

TEST_F(ChangeSignalTest, RealTimeWaitsForMore) {
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kWait / 2), 0);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kWait / 2), 1) << "from the first on";
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kWait), 1);
}

// What cannot wait takes it along; what comes after that isn't forgotten.
TEST_F(ChangeSignalTest, RealTimeGoesAlongWithTheRest) {
  signal_->NotifyOfRealTime();
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  EXPECT_EQ(ToldBy(kWait / 2), 0);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kWait), 1);
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
}

}  // namespace
}  // namespace comptoir::hq
