#include "tests/support/seed.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace comptoir {
namespace {

// Prints the last seed after each test that failed.
class SeedPrinter : public ::testing::EmptyTestEventListener {
 public:
  void set_seed(uint64_t seed) { seed_ = seed; }

  void OnTestEnd(const ::testing::TestInfo& info) override {
    if (info.result()->Failed()) std::cout << "To repeat: COMPTOIR_SEED=" << seed_ << std::endl;
  }

 private:
  uint64_t seed_ = 0;
};

// Returns the one printer of this process, which GoogleTest owns.
SeedPrinter& Printer() {
  static SeedPrinter* printer = [] {
    auto* const created = new SeedPrinter;
    ::testing::UnitTest::GetInstance()->listeners().Append(created);
    return created;
  }();
  return *printer;
}

}  // namespace

uint64_t TestSeed(uint64_t fallback) {
  const char* const text = std::getenv("COMPTOIR_SEED");
  const uint64_t seed = text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
  Printer().set_seed(seed);
  return seed;
}

}  // namespace comptoir
