// The simulation in the test suite: a thousand seeds that are always the same, and a thousand that
// each commit has for itself. Each test is a half of them, so that two cores share the work; what
// must have been seen is checked over that half.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "tests/sim/mutations.h"
#include "tests/sim/runner.h"
#include "tests/sim/world.h"
#include "tests/support/files.h"
#include "tests/support/proves.h"
#include "tests/support/temp_dir.h"

namespace comptoir::sim {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

// Sanitizers make a seed ten times slower; they look for other bugs, so fewer and fixed ones will
// do, in which the rarest faults need not come.
#ifdef COMPTOIR_SANITIZED
constexpr uint64_t kSeedsPerHalf = 150;
#else
constexpr uint64_t kSeedsPerHalf = 500;
#endif

RunTotals RunHalf(uint64_t first, const char* kept = nullptr) {
  RunTotals totals = RunSeeds({.first = first, .seeds = kSeedsPerHalf, .kept = kept});
  std::cout << "seeds from " << first << "\n" << TotalsText(totals);
  for (const RunResult& failure : totals.failures) ADD_FAILURE() << FailureLine(failure);
  EXPECT_GT(totals.counts.restarts, 0u);
  EXPECT_GT(totals.counts.conversions, 0u);
  EXPECT_GT(totals.counts.created_synchronously, 0u);
  EXPECT_GT(totals.counts.created_pending, 0u);
  EXPECT_GE(totals.operations_min, 100);
  EXPECT_GE(totals.steps_min, 2000);
  return totals;
}

// These seeds are known to bring everything that may happen; others may lack what is rare.
void RunFixedHalf(uint64_t first) {
  const RunTotals totals = RunHalf(first);
#ifndef COMPTOIR_SANITIZED
  EXPECT_THAT(MissingFaults(totals), IsEmpty());
  EXPECT_THAT(MissingMutations(totals), IsEmpty());
#endif
}

// Nothing that a store was told is lost, doubled or left behind, whatever fails on the way.
TEST(Simulation, FixedSeedsFirstHalf) {
  PROVES("B1", "C10", "S5", "S6", "S8", "S11", "P5", "P7", "P12", "P13");
  RunFixedHalf(1);
}
TEST(Simulation, FixedSeedsSecondHalf) { RunFixedHalf(1 + kSeedsPerHalf); }
#ifndef COMPTOIR_SANITIZED
// Others for each commit: test.sh names the first, so that who runs a commit again sees what was
// seen of it before. Without that, others each time; COMPTOIR_SEED repeats them.
uint64_t FirstNewSeed() {
  for (const char* const variable : {"COMPTOIR_SEED", "COMPTOIR_NEW_SEEDS_FROM"}) {
    const char* const text = std::getenv(variable);
    if (text != nullptr) return std::strtoull(text, nullptr, 10);
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// A new seed that fails would be gone with the log: it becomes one of those that the suite always
// runs, and is committed with the fix.
constexpr char kKept[] = COMPTOIR_SOURCE_DIR "/tests/bugs/seeds.txt";

TEST(Simulation, NewSeedsFirstHalf) { RunHalf(FirstNewSeed(), kKept); }
TEST(Simulation, NewSeedsSecondHalf) { RunHalf(FirstNewSeed() + kSeedsPerHalf, kKept); }
#endif

// A seed that fails is added to the file that it is to be kept in; here one that is cut short.
TEST(Simulation, KeepsWhatFails) {
  TempDir folder;
  const std::string kept = folder.File("seeds.txt");
  EXPECT_EQ(RunSeeds({.first = 5, .steps_max = 100, .kept = kept.c_str()}).failures.size(), 1u);
  EXPECT_THAT(RunSeeds({.first = 7, .kept = kept.c_str()}).failures, IsEmpty());
  EXPECT_THAT(ReadFile(kept), ::testing::MatchesRegex("5 [^\n]+\n"));
}

// Every rpc of every service is listed, as a mutation, which the workload uses, or as a read.
TEST(Simulation, KnowsAllMutations) {
  static const std::regex rpc(R"(\n  rpc \w+\((?:stream )?(\w+)\))");
  std::vector<std::string> requests;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(COMPTOIR_SOURCE_DIR "/proto/comptoir")) {
    if (entry.path().extension() != ".proto") continue;
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), rpc), end; match != end; ++match) {
      requests.push_back((*match)[1]);
    }
  }
  std::vector<std::string> listed(std::begin(kMutations), std::end(kMutations));
  listed.insert(listed.end(), std::begin(kReads), std::end(kReads));
  EXPECT_THAT(requests, UnorderedElementsAreArray(listed));
}

// A seed gives the same run every time: else it couldn't be run again.
TEST(Simulation, IsDeterministic) {
  for (const uint64_t seed : {3, 7, 17, 42}) {
    EXPECT_EQ(RunSeed({.seed = seed}).fingerprint, RunSeed({.seed = seed}).fingerprint);
  }
}

}  // namespace
}  // namespace comptoir::sim
