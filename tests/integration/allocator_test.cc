// Memory is had from jemalloc, which says at the end of a program how it was set.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

using ::testing::HasSubstr;

class AllocatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef COMPTOIR_SANITIZED
    GTEST_SKIP() << "Sanitizers have an allocator of their own.";
#endif
  }

  // What jemalloc says of a service whose environment has this MALLOC_CONF.
  std::string Settings(const std::string& service, const std::string& malloc_conf) {
    Subprocess process({"/usr/bin/env", "MALLOC_CONF=" + malloc_conf, service, "--version"},
                       dir_.File("output"));
    EXPECT_EQ(process.Wait(), 0) << process.Output();
    return process.Output();
  }

  TempDir dir_;
};

// What a store doesn't use is soon the machine's again, from one arena; an operator may want either
// otherwise.
TEST_F(AllocatorTest, AStoreKeepsLittleUnusedMemory) {
  const std::string settings = Settings(COMPTOIR_CHANNEL_SERVICE, "stats_print:true");
  EXPECT_THAT(settings, HasSubstr("(arenas.dirty_decay_ms: 1000)"));
  EXPECT_THAT(settings, HasSubstr("opt.narenas: 1\n"));
  const std::string others =
      Settings(COMPTOIR_CHANNEL_SERVICE, "stats_print:true,dirty_decay_ms:5000");
  EXPECT_THAT(others, HasSubstr("(arenas.dirty_decay_ms: 5000)"));
  EXPECT_THAT(others, HasSubstr("opt.narenas: 1\n")) << "what it doesn't name stays";
}

TEST_F(AllocatorTest, HqHasItsMemoryFromJemalloc) {
  EXPECT_THAT(Settings(COMPTOIR_HQ_SERVICE, "stats_print:true"),
              HasSubstr("Begin jemalloc statistics"));
}

}  // namespace
}  // namespace comptoir
