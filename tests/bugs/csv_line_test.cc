// A row of one empty cell was written as a blank line, which isn't read as a row: the rejects of an
// import of one column lost it, and every later row had another number.

#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "cli/import/csv_reader.h"
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

// A file of two byte order marks had the second one in its first column's name, and lost it when it
// was written and read again; so did a quoted first name that begins with one.
TEST(CsvLine, ByteOrderMarksAreNoPartOfAName) {
  constexpr char kMark[] = "\xEF\xBB\xBF";
  const TempDir folder;
  const std::string path = folder.File("marks.csv");
  std::ofstream(path) << kMark << kMark << "first_name,last_name\n";
  EXPECT_EQ((*CsvReader::Open(path))->header(),
            (std::vector<std::string>{"first_name", "last_name"}));
  const std::vector<std::string> marked = {absl::StrCat(kMark, "first_name"), "last_name"};
  std::ofstream(path) << CsvLine(marked);
  EXPECT_EQ((*CsvReader::Open(path))->header(), marked);
}

}  // namespace
}  // namespace comptoir::cli
