// A row of one empty cell was written as a blank line, which isn't read as a row: the rejects of an
// import of one column lost it, and every later row had another number.

#include <gtest/gtest.h>

#include <fstream>

#include "cli/csv_reader.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

TEST(CsvLine, OneEmptyCellIsARow) {
  const TempDir folder;
  const std::string path = folder.File("one.csv");
  std::ofstream(path) << CsvLine({"first_name"}) << CsvLine({""}) << CsvLine({"Ada"});
  const auto reader = CsvReader::Open(path);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->Next().value()->cells, std::vector<std::string>{""});
  EXPECT_EQ((*reader)->Next().value()->cells, std::vector<std::string>{"Ada"});
}

}  // namespace
}  // namespace comptoir::cli
