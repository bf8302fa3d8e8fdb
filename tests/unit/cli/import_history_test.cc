#include "cli/import/import_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/errors.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

const absl::Time kBegun = absl::FromUnixSeconds(1704110400);

class ImportHistoryTest : public testing::Test {
 protected:
  absl::Status Remember(const std::string& path, const std::string& sha256, bool as_new = false) {
    return ImportHistory(folder_.File("state")).Remember(path, sha256, as_new, kBegun);
  }

  TempDir folder_;
};

TEST_F(ImportHistoryTest, TheSameFileMayBeImportedAgain) {
  EXPECT_THAT(Remember("/data/a.csv", "11"), IsOk());
  EXPECT_THAT(Remember("/data/a.csv", "11"), IsOk());
  EXPECT_THAT(Remember("/data/b.csv", "22"), IsOk());
}

// Whoever corrected one row of a file and runs it again would create every customer a second time.
TEST_F(ImportHistoryTest, AChangedFileIsAnotherImportAndSaysSo) {
  ASSERT_THAT(Remember("/data/a.csv", "11"), IsOk());

  const absl::Status changed = Remember("/data/a.csv", "22");

  EXPECT_TRUE(IsUsageError(changed));
  EXPECT_THAT(std::string(changed.message()), testing::HasSubstr("--new-import"));
  EXPECT_THAT(Remember("/data/a.csv", "11"), IsOk());  // nothing was remembered
  EXPECT_THAT(Remember("/data/a.csv", "22", /*as_new=*/true), IsOk());
  EXPECT_THAT(Remember("/data/a.csv", "22"), IsOk());
}

TEST_F(ImportHistoryTest, OnePathIsOneFile) {
  ASSERT_THAT(Remember("/data/a.csv", "11"), IsOk());
  EXPECT_TRUE(IsUsageError(Remember("/data/x/../a.csv", "22")));
}

TEST_F(ImportHistoryTest, ABrokenHistoryIsBegunAnew) {
  ASSERT_THAT(Remember("/data/a.csv", "11"), IsOk());
  std::ofstream(folder_.File("state/imports.json")) << "{]";
  EXPECT_THAT(Remember("/data/a.csv", "22"), IsOk());
  EXPECT_TRUE(IsUsageError(Remember("/data/a.csv", "33")));
}

TEST_F(ImportHistoryTest, WithoutFolderNothingIsRemembered) {
  EXPECT_THAT(ImportHistory("").Remember("/data/a.csv", "11", false, kBegun), IsOk());
  EXPECT_THAT(ImportHistory("").Remember("/data/a.csv", "22", false, kBegun), IsOk());
}

}  // namespace
}  // namespace comptoir::cli
