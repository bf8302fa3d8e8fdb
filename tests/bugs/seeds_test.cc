// Seeds of the simulation that once found a bug.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/sim/runner.h"
#include "tests/sim/world.h"

namespace comptoir::sim {
namespace {

// Every seed of seeds.txt still passes, with the flag of `sim` that it names.
TEST(FixedBugs, SeedsPass) {
  std::ifstream list(COMPTOIR_SOURCE_DIR "/tests/bugs/seeds.txt");
  ASSERT_TRUE(list.is_open());
  std::string line;
  while (std::getline(list, line)) {
    uint64_t seed = 0;
    if (!(std::istringstream(line) >> seed)) continue;
    const bool restore_hq = line.find(" --restore_hq ") != std::string::npos;
    const RunResult result = RunSeed({.seed = seed, .restore_hq = restore_hq});
    EXPECT_FALSE(result.failure.has_value()) << FailureLine(result) << "\n  " << line;
  }
}

}  // namespace
}  // namespace comptoir::sim
