// Where a process happened to have its main thread decided how many instructions were counted, by
// up to 7 % of a search by e-mail: RocksDB seeds with a thread's id what its memory looks like.

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdint>

#include "tests/support/fixed_thread.h"

namespace comptoir {
namespace {

TEST(CountedInstructions, AreThoseOfAThreadWhoseIdIsAlwaysTheSame) {
  for (int i = 0; i < 2; ++i) {
    uintptr_t id = 0;
    RunOnFixedThread([&] { id = static_cast<uintptr_t>(pthread_self()); });
    EXPECT_GE(id, kFixedThreadBegin);
    EXPECT_LT(id, kFixedThreadBegin + kFixedThreadBytes);
  }
}

}  // namespace
}  // namespace comptoir
