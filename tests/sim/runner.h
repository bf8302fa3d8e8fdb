// Runs many seeds and adds up what they did.

#ifndef COMPTOIR_TESTS_SIM_RUNNER_H_
#define COMPTOIR_TESTS_SIM_RUNNER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace comptoir::sim {

struct RunTotals {
  RunCounts counts;
  uint64_t seeds = 0;
  uint64_t steps_min = UINT64_MAX;
  uint64_t operations_min = UINT64_MAX;
  double seconds = 0;
  std::vector<RunResult> failures;
};

struct SeedRange {
  // Seeds `first` to `first + seeds - 1`.
  uint64_t first = 1;
  uint64_t seeds = 1;
  // Ends early after so many failures.
  size_t failures_max = 5;
  uint64_t steps_max = RunOptions().steps_max;
  bool restore_hq = false;
  // A file to which seeds that fail are added, a line each; null: none.
  const char* kept = nullptr;
};

// A process that dies on the way says on which seed, and keeps that one too.
RunTotals RunSeeds(const SeedRange& range);

// One line: what broke and how to run it again.
std::string FailureLine(const RunResult& failure);
// For people.
std::string TotalsText(const RunTotals& totals);
// Kinds of faults that never happened.
std::vector<std::string> MissingFaults(const RunTotals& totals);
// Those of kMutations that were never carried out.
std::vector<std::string> MissingMutations(const RunTotals& totals);

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_RUNNER_H_
