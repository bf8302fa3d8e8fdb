// sim: runs the simulation for any seeds.
//
//   sim --seed=1 --seeds=1000   a thousand seeds, with totals
//   sim --seed=42 --trace       one seed, with everything that happens in it

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "tests/sim/runner.h"
#include "tests/sim/world.h"

ABSL_FLAG(uint64_t, seed, 1, "The first seed.");
ABSL_FLAG(uint64_t, seeds, 1, "How many seeds to run, counting up.");
ABSL_FLAG(uint64_t, failures, 5, "Stop after so many seeds have failed.");
ABSL_FLAG(uint64_t, steps, 500'000, "With --trace: fail a run that takes more steps.");
ABSL_FLAG(bool, restore_hq, false,
          "HQ is restored from an earlier copy in every second seed, not in 3 of 20.");
ABSL_FLAG(bool, trace, false, "Run one seed and write everything that happens.");

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Simulates HQ and its channel services with faults.");
  absl::ParseCommandLine(argc, argv);
  using namespace comptoir::sim;
  if (absl::GetFlag(FLAGS_trace)) {
    const RunResult result = RunSeed({.seed = absl::GetFlag(FLAGS_seed),
                                      .steps_max = absl::GetFlag(FLAGS_steps),
                                      .restore_hq = absl::GetFlag(FLAGS_restore_hq),
                                      .trace = &std::cout});
    if (result.failure.has_value()) std::cout << FailureLine(result) << "\n";
    return result.failure.has_value() ? 1 : 0;
  }
  const RunTotals totals = RunSeeds({.first = absl::GetFlag(FLAGS_seed),
                                     .seeds = absl::GetFlag(FLAGS_seeds),
                                     .failures_max = absl::GetFlag(FLAGS_failures),
                                     .restore_hq = absl::GetFlag(FLAGS_restore_hq)});
  for (const RunResult& failure : totals.failures) std::cout << FailureLine(failure) << "\n";
  std::cout << TotalsText(totals);
  return totals.failures.empty() ? 0 : 1;
}
