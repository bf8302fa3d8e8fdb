#include "hq-service/jobs/change_signal.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"

namespace comptoir::hq {
namespace {

class ChangeSignalTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kRest = absl::Milliseconds(5);

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
  const std::shared_ptr<ChangeSignal> signal_ =
      std::make_shared<ChangeSignal>(executor_, clock_, kRest);
  int told_ = 0;
};

TEST_F(ChangeSignalTest, WhatIsToldTogetherIsOne) {
  for (int i = 0; i < 3; ++i) signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
}

// A single change is told at once; while they come, those of a rest are told together.
TEST_F(ChangeSignalTest, RealTimeRestsAndNeverWaitsWhenIdle) {
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldNow(), 1);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kRest / 2), 0);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kRest / 2), 1) << "from the last time on";
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldNow(), 1);
}

// What cannot wait takes it along; what comes after that isn't forgotten.
TEST_F(ChangeSignalTest, RealTimeGoesAlongWithTheRest) {
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kRest / 2), 0);
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kRest / 2), 0);
  EXPECT_EQ(ToldBy(kRest / 2), 1);
  EXPECT_EQ(ToldBy(absl::Seconds(1)), 0);
}

TEST_F(ChangeSignalTest, RestsNoLongerWhereTheClockGoesBack) {
  signal_->Notify();
  EXPECT_EQ(ToldNow(), 1);
  clock_.Advance(-absl::Hours(1));
  signal_->NotifyOfRealTime();
  EXPECT_EQ(ToldBy(kRest), 1);
}

}  // namespace
}  // namespace comptoir::hq
