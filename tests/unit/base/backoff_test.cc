#include "common/base/backoff.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/seed.h"

namespace comptoir {
namespace {

// Random bits that are all the same.
class Constant : public Random {
 public:
  explicit Constant(uint64_t value) : value_(value) {}
  uint64_t Next() override { return value_; }

 private:
  uint64_t value_;
};

TEST(BackoffTest, DoublesUpToItsMaximum) {
  Constant longest(~uint64_t{0});
  Backoff backoff(longest, {.initial = absl::Seconds(1), .max = absl::Seconds(5)});
  const auto seconds = [&] { return absl::ToDoubleSeconds(backoff.Next()); };
  EXPECT_NEAR(seconds(), 1, 1e-6);
  EXPECT_NEAR(seconds(), 2, 1e-6);
  EXPECT_NEAR(seconds(), 4, 1e-6);
  EXPECT_NEAR(seconds(), 5, 1e-6);
  EXPECT_NEAR(seconds(), 5, 1e-6);
}

TEST(BackoffTest, IsNeverShorterThanHalf) {
  Constant shortest(0);
  Backoff backoff(shortest, {.initial = absl::Seconds(1), .max = absl::Seconds(4)});
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(500));
  EXPECT_EQ(backoff.Next(), absl::Seconds(1));
  EXPECT_EQ(backoff.Next(), absl::Seconds(2));
  EXPECT_EQ(backoff.Next(), absl::Seconds(2));
}

TEST(BackoffTest, StaysWithinItsBoundsForEverAndSpreads) {
  TestRandom random;
  Backoff backoff(random, {.initial = absl::Milliseconds(10), .max = absl::Seconds(1)});
  std::set<absl::Duration> delays;
  for (int i = 0; i < 10'000; ++i) {
    const absl::Duration delay = backoff.Next();
    ASSERT_GE(delay, absl::Milliseconds(5));
    ASSERT_LE(delay, absl::Seconds(1));
    delays.insert(delay);
  }
  EXPECT_GT(delays.size(), 9'000u);
}

TEST(BackoffTest, ResetStartsAgain) {
  Constant shortest(0);
  Backoff backoff(shortest, {.initial = absl::Seconds(1), .max = absl::Seconds(60)});
  for (int i = 0; i < 5; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::Milliseconds(500));
}

TEST(BackoffDeathTest, RefusesImpossibleOptions) {
  Constant random(0);
  EXPECT_DEATH(Backoff(random, {.initial = absl::ZeroDuration()}), "initial");
  EXPECT_DEATH(Backoff(random, {.initial = absl::Seconds(2), .max = absl::Seconds(1)}), "max");
}

}  // namespace
}  // namespace comptoir
