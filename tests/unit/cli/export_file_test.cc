#include "cli/export/export_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/files.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

class ExportFileTest : public ::testing::Test {
 protected:
  TempDir folder_;
  const std::string path_ = folder_.File("all.csv");
};

// Killed between two steps: what was written after the first is written again, once. (B5)
TEST_F(ExportFileTest, GoesOnAfterItsLastStep) {
  PROVES("B5");
  {
    auto file = ExportFile::Open(path_, 0);
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT((*file)->Append("one\n"), IsOk());
    ASSERT_THAT((*file)->Sync(), IsOk());
    EXPECT_EQ((*file)->bytes(), 4u);
    ASSERT_THAT((*file)->Append("half of tw"), IsOk());
  }
  EXPECT_FALSE(std::filesystem::exists(path_)) << "it isn't complete";
  auto file = ExportFile::Open(path_, 4);
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Append("two\n"), IsOk());
  ASSERT_THAT((*file)->Finish(), IsOk());
  EXPECT_EQ(ReadFile(path_), "one\ntwo\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(ExportFileTest, MissesWhatIsGone) {
  EXPECT_FALSE(ExportFile::Open(path_, 4).ok());
  EXPECT_FALSE(ExportFile::Open(folder_.File("nowhere/all.csv"), 0).ok());
}

TEST_F(ExportFileTest, ProgressIsKeptUntilItIsRemoved) {
  PROVES("B5");
  EXPECT_FALSE(ExportProgress::Read(path_).has_value());
  ExportProgress progress{.service = "localhost:1", .customers_token = "ab", .customers = 7};
  progress.last_customer = "3f9a";
  progress.bytes = 123;
  ASSERT_THAT(progress.Write(path_), IsOk());
  const auto read = ExportProgress::Read(path_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->service, "localhost:1");
  EXPECT_EQ(read->customers_token, "ab");
  EXPECT_EQ(read->last_customer, "3f9a");
  EXPECT_EQ(read->customers, 7u);
  EXPECT_EQ(read->bytes, 123u);
  ExportProgress::Remove(path_);
  EXPECT_FALSE(ExportProgress::Read(path_).has_value());
  std::ofstream(path_ + ".progress") << "not json";
  EXPECT_FALSE(ExportProgress::Read(path_).has_value());
}

}  // namespace
}  // namespace comptoir::cli
