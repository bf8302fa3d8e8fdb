#include "tests/support/seed.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace comptoir {
namespace {

// Prints the seed after each test that failed.
class SeedPrinter : public ::testing::EmptyTestEventListener {
 public:
  explicit SeedPrinter(uint64_t seed) : seed_(seed) {}

  void OnTestEnd(const ::testing::TestInfo& info) override {
    if (info.result()->Failed()) std::cout << "To repeat: COMPTOIR_SEED=" << seed_ << std::endl;
  }

 private:
  const uint64_t seed_;
};

}  // namespace

uint64_t TestSeed(uint64_t fallback) {
  const char* const text = std::getenv("COMPTOIR_SEED");
  const uint64_t seed = text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
  static bool registered = false;
  if (!registered) {
    registered = true;
    ::testing::UnitTest::GetInstance()->listeners().Append(new SeedPrinter(seed));
  }
  return seed;
}

}  // namespace comptoir
