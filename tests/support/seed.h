#ifndef COMPTOIR_TESTS_SUPPORT_SEED_H_
#define COMPTOIR_TESTS_SUPPORT_SEED_H_

#include <cstdint>

#include "common/base/random.h"

namespace comptoir {

// Returns the seed of this run: COMPTOIR_SEED from the environment, else `fallback`, so that tests
// are the same every time. A test that fails afterwards prints it.
uint64_t TestSeed(uint64_t fallback = 1);

// SeededRandom of TestSeed().
class TestRandom : public SeededRandom {
 public:
  explicit TestRandom(uint64_t fallback = 1) : SeededRandom(TestSeed(fallback)) {}
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_SEED_H_
