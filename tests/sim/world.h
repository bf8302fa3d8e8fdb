// One simulated run: HQ and three channel services on one thread, in virtual time, from one seed.
// First POS clients work while faults are injected; then all faults end and everything must come
// home.
//
// Everything must come home in every seed; in some HQ's database is restored from an earlier copy
// in the midst of the work, in others a channel database is alive twice until an operator ends
// that.

#ifndef COMPTOIR_TESTS_SIM_WORLD_H_
#define COMPTOIR_TESTS_SIM_WORLD_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "tests/sim/context.h"

namespace comptoir::sim {

struct RunOptions {
  uint64_t seed = 1;
  uint64_t operations = 260;
  // Ends a run that doesn't come to its end.
  uint64_t steps_max = 500'000;
  // HQ's database is replaced by an earlier copy of itself in every second seed, not in 3 of 20.
  bool restore_hq = false;
  // Where the trace goes; null: nowhere.
  std::ostream* trace = nullptr;
};

struct RunResult {
  uint64_t seed = 0;
  // The first broken invariant.
  std::optional<std::string> failure;
  RunCounts counts;
  // Equal for two runs that took the same steps.
  uint64_t fingerprint = 0;
};

RunResult RunSeed(const RunOptions& options);

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_WORLD_H_
