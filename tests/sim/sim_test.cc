// The simulation in the test suite: a thousand seeds that are always the same, and a thousand new
// ones. Each test is a half of them, so that two cores share the work; what every half must have
// seen is checked over that half.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/sim/runner.h"
#include "tests/sim/world.h"
#include "tests/support/proves.h"

namespace comptoir::sim {
namespace {

using ::testing::IsEmpty;

// Sanitizers make a seed ten times slower; they look for other bugs, so fewer and fixed ones will
// do.
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kSeedsPerHalf = 150;
#else
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kSeedsPerHalf = 100;  // ten times slower
#else
constexpr uint64_t kSeedsPerHalf = 500;
#endif
#endif

void RunHalf(uint64_t first) {
  const RunTotals totals = RunSeeds(first, kSeedsPerHalf);
  std::cout << "seeds from " << first << "\n" << TotalsText(totals);
  for (const RunResult& failure : totals.failures) ADD_FAILURE() << FailureLine(failure);
  EXPECT_THAT(MissingFaults(totals), IsEmpty());
  EXPECT_GE(totals.operations_min, 100);
  EXPECT_GE(totals.steps_min, 2000);
}

// Nothing that a store was told is lost, doubled or left behind, whatever fails on the way.
TEST(Simulation, FixedSeedsFirstHalf) {
  PROVES("B1", "C10", "S5", "S6", "S8", "S11", "P5", "P7", "P12", "P13");
  RunHalf(1);
}
TEST(Simulation, FixedSeedsSecondHalf) { RunHalf(1 + kSeedsPerHalf); }
#ifndef __SANITIZE_ADDRESS__
// A run of its own each day and hour; COMPTOIR_SEED repeats one.
uint64_t FirstNewSeed() {
  const char* const text = std::getenv("COMPTOIR_SEED");
  if (text != nullptr) return std::strtoull(text, nullptr, 10);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

TEST(Simulation, NewSeedsFirstHalf) { RunHalf(FirstNewSeed()); }
TEST(Simulation, NewSeedsSecondHalf) { RunHalf(FirstNewSeed() + kSeedsPerHalf); }
#endif

// A seed gives the same run every time: else it couldn't be run again.
TEST(Simulation, IsDeterministic) {
  for (const uint64_t seed : {3, 7, 17, 42}) {
    EXPECT_EQ(RunSeed({.seed = seed}).fingerprint, RunSeed({.seed = seed}).fingerprint);
  }
}

}  // namespace
}  // namespace comptoir::sim
