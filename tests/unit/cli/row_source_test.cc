#include "cli/import/row_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/errors.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

class RowSourceTest : public testing::Test {
 protected:
  void Write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }

  std::vector<SourceRow> ReadAll(RowSourceOptions options = {}) {
    options.path = path_;
    auto source = RowSource::Open(options);
    EXPECT_THAT(source, IsOk());
    std::vector<SourceRow> rows;
    while (source.ok()) {
      auto row = (*source)->Next();
      EXPECT_THAT(row, IsOk());
      if (!row.ok() || !row->has_value()) break;
      rows.push_back(**std::move(row));
    }
    return rows;
  }

  static uint64_t CountCustomers(const RowSourceOptions& options) {
    const auto source = RowSource::Open(options);
    EXPECT_THAT(source, IsOk());
    uint64_t customers = 0;
    for (auto row = (*source)->Next(); row.ok() && row->has_value(); row = (*source)->Next()) {
      if ((*row)->customer.ok()) ++customers;
    }
    return customers;
  }

  TempDir folder_;
  const std::string path_ = folder_.File("file.csv");
};

TEST_F(RowSourceTest, GivesCustomersWithIds) {
  Write("first_name\nAda\nEve\n");

  const auto rows = ReadAll();

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].number, 2u);
  ASSERT_THAT(rows[1].customer, IsOk());
  EXPECT_EQ(rows[1].customer->given_name(), "Eve");
  EXPECT_EQ(rows[1].customer->name(), "customers/" + rows[1].id.ToString());
  EXPECT_NE(rows[0].id, rows[1].id);
}

// The address has an id of its own from the start, so that it can be found again at every service.
TEST_F(RowSourceTest, NamesTheAddressToo) {
  Write("first_name,city\nAda,London\nEve,\n");

  const auto rows = ReadAll();

  ASSERT_EQ(rows[0].customer->addresses_size(), 1);
  EXPECT_EQ(rows[0].customer->addresses(0).name(),
            rows[0].customer->name() + "/addresses/" + IdOfAddress(rows[0].id).ToString());
  EXPECT_EQ(rows[1].customer->addresses_size(), 0);
}

// A part of a file has the ids that the whole has, so parts and whole may be mixed. (B5)
TEST_F(RowSourceTest, PartsHaveTheIdsOfTheWhole) {
  PROVES("B5");
  Write("first_name\nAda\nEve\nKim\n");
  const auto all = ReadAll();

  const auto part = ReadAll({.rows = "2-3"});

  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0].id, all[1].id);
  EXPECT_EQ(part[1].id, all[2].id);
}

// With a key a row may move and the file may change: its customer stays.
TEST_F(RowSourceTest, KeysOutliveTheFile) {
  const RowSourceOptions options = {.mapping = {.key = "no"}, .name = "crm"};
  Write("no,first_name\n7,Ada\n8,Eve\n");
  const auto before = ReadAll(options);
  Write("first_name,no\nNew,6\nAda,7\n");

  const auto after = ReadAll(options);

  EXPECT_EQ(after[1].id, before[0].id);
}

TEST_F(RowSourceTest, AKeyNamesOneRow) {
  Write("no,first_name\n7,Ada\n7,Eve\n,Kim\n");

  const auto rows = ReadAll({.mapping = {.key = "no"}, .name = "crm"});

  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].customer, IsOk());
  EXPECT_THAT(rows[1].customer, HasViolation("name", "KEY_TWICE"));
  EXPECT_THAT(rows[2].customer, HasViolation("name", "KEY_MISSING"));
}

TEST_F(RowSourceTest, NameAndKeyGoTogether) {
  Write("no,first_name\n7,Ada\n");
  EXPECT_TRUE(IsUsageError(RowSource::Open({.path = path_, .name = "crm"}).status()));
  EXPECT_TRUE(IsUsageError(RowSource::Open({.path = path_, .mapping = {.key = "no"}}).status()));
}

// A file that breaks off is known before its first row is sent.
TEST_F(RowSourceTest, RefusesAFileThatCannotBeReadToItsEnd) {
  Write("first_name\nAda\nJos\xE9\n");
  EXPECT_FALSE(RowSource::Open({.path = path_}).ok());
}

TEST(RowRange, ReadsRanges) {
  const auto range = [](std::string_view text) {
    const auto parsed = ParseRowRange(text, 100);
    return parsed.ok() ? std::pair(parsed->first, parsed->last) : std::pair<uint64_t, uint64_t>();
  };
  EXPECT_EQ(range(""), std::pair(1ul, 100ul));
  EXPECT_EQ(range("7-9"), std::pair(7ul, 9ul));
  EXPECT_EQ(range("7"), std::pair(7ul, 7ul));
  EXPECT_EQ(range("7-"), std::pair(7ul, 100ul));
  EXPECT_EQ(range("-9"), std::pair(1ul, 9ul));
  for (const char* text : {"0-5", "9-7", "1-101", "a-b", "-", "1-2-3"}) {
    EXPECT_TRUE(IsUsageError(ParseRowRange(text, 100).status())) << text;
  }
}

// The two files of data/ can be read as data/README.md describes them; no row is refused.
TEST_F(RowSourceTest, ReadsTheSampleData) {
  const std::string data = std::string(COMPTOIR_SOURCE_DIR) + "/data/";
  RowSourceOptions clean;
  clean.path = data + "adventureworks_customers.csv";
  EXPECT_EQ(CountCustomers(clean), 18148u);

  RowSourceOptions raw;
  raw.path = data + "adventureworks_raw_cp1252.csv";
  raw.csv.encoding = "windows-1252";
  raw.name = "crm";
  raw.mapping = {.map = {"Prefix=title"},
                 .ignore = {"MaritalStatus", "Gender", "AnnualIncome", "TotalChildren",
                            "EducationLevel", "Occupation", "HomeOwner"},
                 .key = "CustomerKey",
                 .date_format = "M/d/yyyy"};
  EXPECT_EQ(CountCustomers(raw), 18148u);
}

}  // namespace
}  // namespace comptoir::cli
