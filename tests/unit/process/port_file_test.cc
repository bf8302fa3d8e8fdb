#include "common/process/port_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/files.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

TEST(PortFile, HoldsEachPortOnALine) {
  const TempDir dir;
  const std::string path = dir.File("port");
  ASSERT_THAT(WritePortFile(path, {7400, 9100}), IsOk());
  EXPECT_EQ(ReadFile(path), "7400\n9100\n");
  RemovePortFile(path);
  EXPECT_FALSE(std::ifstream(path).good());
  EXPECT_THAT(WritePortFile(dir.File("no/such/folder"), {1}),
              HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace comptoir
