#include "common/base/clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace comptoir {
namespace {

TEST(SystemClockTest, IsInThisCentury) {
  const SystemClock clock;
  EXPECT_GT(clock.Now(), absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone()));
  EXPECT_LT(clock.Now(), absl::FromCivil(absl::CivilDay(2100, 1, 1), absl::UTCTimeZone()));
}

TEST(FakeClockTest, StandsStillUntilMoved) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(90));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(90));
  clock.SetNow(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
}

}  // namespace
}  // namespace comptoir
