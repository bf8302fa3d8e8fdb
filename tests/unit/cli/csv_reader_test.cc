#include "cli/import/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/errors.h"
#include "common/base/crypto.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvReaderTest : public testing::Test {
 protected:
  std::string Write(std::string_view bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }

  // Returns all rows; the last error as a row of its own.
  std::vector<std::vector<std::string>> ReadAll(const std::string& encoding = "UTF-8") {
    auto reader = CsvReader::Open(path_, {.encoding = encoding});
    if (!reader.ok()) return {{std::string(reader.status().message())}};
    std::vector<std::vector<std::string>> rows = {(*reader)->header()};
    while (true) {
      auto row = (*reader)->Next();
      if (!row.ok()) {
        rows.push_back({std::string(row.status().message())});
        return rows;
      }
      if (!row->has_value()) return rows;
      EXPECT_EQ((*row)->number, rows.size());
      rows.push_back((*row)->cells);
    }
  }

  TempDir folder_;
  const std::string path_ = folder_.File("file.csv");
};

TEST_F(CsvReaderTest, ReadsQuotesCommasAndLineBreaksInCells) {
  Write("name,street\r\nJörg,\"Weg 1, hinten\"\r\n\"Ada \"\"A\"\"\",\"1\n2\"\r\n");

  EXPECT_THAT(ReadAll(),
              ElementsAre(ElementsAre("name", "street"), ElementsAre("Jörg", "Weg 1, hinten"),
                          ElementsAre("Ada \"A\"", "1\n2")));
}

// Nothing may be changed on the way: blanks stay, blank cells stay.
TEST_F(CsvReaderTest, KeepsCellsAsTheyAre) {
  Write("a,b,c\n x ,,\"$90,000 \"\n");

  EXPECT_THAT(ReadAll(),
              ElementsAre(ElementsAre("a", "b", "c"), ElementsAre(" x ", "", "$90,000 ")));
}

TEST_F(CsvReaderTest, TakesALastLineWithoutNewlineAndSkipsBlankLines) {
  Write("a,b\n\n1,2\n\n3,4");

  EXPECT_THAT(ReadAll(),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"), ElementsAre("3", "4")));
}

TEST_F(CsvReaderTest, GivesRowsOfAnyLength) {
  Write("a,b\n1\n1,2,3\n");

  EXPECT_THAT(ReadAll(),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1"), ElementsAre("1", "2", "3")));
}

TEST_F(CsvReaderTest, ReadsOtherEncodings) {
  Write("name\nJos\xE9 \x93q\x94\n");
  EXPECT_THAT(ReadAll("windows-1252"), ElementsAre(ElementsAre("name"), ElementsAre("José “q”")));

  Write(std::string_view("\xFF\xFEn\0\n\0\xE9\0\n\0", 10));
  EXPECT_THAT(ReadAll("UTF-16"), ElementsAre(ElementsAre("n"), ElementsAre("é")));
}

TEST_F(CsvReaderTest, SkipsAByteOrderMark) {
  Write("\xEF\xBB\xBFname\nx\n");

  EXPECT_THAT(ReadAll(), ElementsAre(ElementsAre("name"), ElementsAre("x")));
}

// A character may lie across two pieces of the file.
TEST_F(CsvReaderTest, ReadsLongFiles) {
  std::string text = "name\n";
  for (int i = 0; i < 50000; ++i) text += "xé" + std::to_string(i) + "\n";
  Write(text);

  const auto rows = ReadAll();

  ASSERT_EQ(rows.size(), 50001u);
  EXPECT_THAT(rows.back(), ElementsAre("xé49999"));
}

// The rows before are read; the error says which row and what to do.
TEST_F(CsvReaderTest, RefusesBytesOfAnotherEncoding) {
  Write("name\nAda\nJos\xE9\nEve\n");

  const auto rows = ReadAll();

  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[1], ElementsAre("Ada"));
  EXPECT_THAT(rows[2], ElementsAre(HasSubstr("row 2")));
  EXPECT_THAT(rows[2], ElementsAre(HasSubstr("--encoding")));
}

TEST_F(CsvReaderTest, RefusesQuotesThatDontMatch) {
  Write("a\n\"x\ny\n");
  EXPECT_THAT(ReadAll().back(), ElementsAre(HasSubstr("row 1")));

  Write("a\nx\"y\n");
  EXPECT_THAT(ReadAll().back(), ElementsAre(HasSubstr("row 1")));
}

TEST_F(CsvReaderTest, RefusesCellsAndRowsBeyondTheirLimits) {
  Write("a\n" + std::string(kCsvCellBytesMax + 1, 'x') + "\n");
  EXPECT_THAT(ReadAll().back(), ElementsAre(HasSubstr("too long")));

  Write("a\n" + std::string(kCsvColumnsMax, ',') + "\n");
  EXPECT_THAT(ReadAll().back(), ElementsAre(HasSubstr("too many columns")));

  Write("a\n" + std::string(kCsvCellBytesMax, 'x') + "\n");
  EXPECT_EQ(ReadAll().back()[0].size(), kCsvCellBytesMax);
}

TEST_F(CsvReaderTest, RefusesFilesWithoutUsableHeader) {
  EXPECT_THAT(CsvReader::Open(folder_.File("missing.csv")).status().message(),
              HasSubstr("Cannot read"));
  Write("");
  EXPECT_THAT(ReadAll(), ElementsAre(ElementsAre(HasSubstr("no header"))));
  Write("a,b,a\n");
  EXPECT_THAT(ReadAll(), ElementsAre(ElementsAre(HasSubstr("twice"))));
  EXPECT_TRUE(IsUsageError(CsvReader::Open(path_, {.encoding = "klingon"}).status()));
  EXPECT_TRUE(IsUsageError(CsvReader::Open(path_, {.encoding = ""}).status()));
}

TEST_F(CsvReaderTest, ExaminesAFile) {
  const std::string text = "a\n1\n2\n";
  Write(text);

  const auto facts = ExamineCsvFile(path_);

  ASSERT_THAT(facts, IsOk());
  EXPECT_EQ(facts->rows, 2u);
  EXPECT_EQ(facts->sha256, HexEncode(Sha256(text)));
}

TEST(CsvLine, QuotesWhereNeeded) {
  EXPECT_EQ(CsvLine({"a", "b c", "", "x,y", "\"q\"", "1\n2"}),
            "a,b c,,\"x,y\",\"\"\"q\"\"\",\"1\n2\"\n");
}

}  // namespace
}  // namespace comptoir::cli
