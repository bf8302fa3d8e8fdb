// Where a process happened to have its main thread decided how many instructions were counted, by
// up to 7 % of a search by e-mail: RocksDB seeds with a thread's id what its memory looks like.

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>

#include "tests/support/fixed_thread.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

// Sanitizers and valgrind don't go together.
#ifdef COMPTOIR_INSTRUCTIONS
TEST(CountedInstructions, AreThoseOfAThreadThatIsAlwaysAtTheSamePlace) {
  const TempDir dir;
  Subprocess process(
      {COMPTOIR_INSTRUCTIONS, COMPTOIR_SOURCE_DIR "/data/adventureworks_customers.csv"},
      dir.File("output"));
  ASSERT_EQ(process.Wait(), 0) << process.Output();
  std::istringstream output(process.Output());
  std::string thread;
  uintptr_t id = 0;
  ASSERT_TRUE(output >> thread >> id) << process.Output();
  EXPECT_EQ(thread, "thread");
  EXPECT_GE(id, kFixedThreadBegin);
  EXPECT_LT(id, kFixedThreadBegin + kFixedThreadBytes);
}
#endif

}  // namespace
}  // namespace comptoir
