// Rows in memory as sorted runs: whatever was written shows, the last of each key, however runs
// were merged. The model is a map.

#include "common/storage/sorted_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;

using Written = std::map<std::string, std::optional<std::string>>;

std::shared_ptr<const SortedRun> RunOf(const Written& rows) {
  SortedRun::Builder builder;
  for (const auto& [key, value] : rows) builder.Add(key, value);
  return builder.Build();
}

Written RowsOf(const SortedRun& run) {
  Written rows;
  for (size_t i = 0; i < run.size(); ++i) {
    const WrittenRow row = run.row(i);
    rows[std::string(row.key)] = row.deleted ? std::nullopt : std::optional(std::string(row.value));
  }
  return rows;
}

std::vector<std::string> Visit(const SortedRuns& runs, const KeyRange& range) {
  std::vector<std::string> seen;
  for (RunsCursor cursor(runs, range); !cursor.AtEnd(); cursor.Advance()) {
    const WrittenRow row = cursor.Current();
    seen.push_back(std::string(row.key) + (row.deleted ? "-" : "=" + std::string(row.value)));
  }
  return seen;
}

// Empty keys, empty values and deletions come back from the log as they were.
TEST(SortedRunTest, ComesBackFromItsBytes) {
  const Written rows = {{"", "of the empty key"},
                        {"a", ""},
                        {"b", std::nullopt},
                        {std::string("c\0d", 3), std::string(70'000, 'x')}};
  const auto run = RunOf(rows);
  const auto parsed = SortedRun::Parse(run->encoded());
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(RowsOf(**parsed), rows);
  EXPECT_EQ((*SortedRun::Parse(""))->size(), 0u);
}

// A log that was damaged is said to be, wherever it was cut.
TEST(SortedRunTest, CutBytesAreNoRun) {
  const std::string encoded = RunOf({{"key", "value"}})->encoded();
  for (size_t size = 1; size < encoded.size(); ++size) {
    EXPECT_THAT(SortedRun::Parse(encoded.substr(0, size)), HasReason("STORAGE_CORRUPT"));
  }
}

TEST(SortedRunTest, LaterRunsHideEarlierOnes) {
  const SortedRuns runs = {RunOf({{"a", "1"}, {"b", "1"}, {"c", "1"}}),
                           RunOf({{"b", std::nullopt}}), RunOf({{"a", "2"}, {"d", "2"}})};
  EXPECT_THAT(Visit(runs, {}), ElementsAre("a=2", "b-", "c=1", "d=2"));
  EXPECT_THAT(Visit(runs, {.reverse = true}), ElementsAre("d=2", "c=1", "b-", "a=2"));
  EXPECT_THAT(Visit(runs, {.begin = "b", .end = "d"}), ElementsAre("b-", "c=1"));
  EXPECT_THAT(Visit(runs, {.begin = "b", .end = "d", .reverse = true}), ElementsAre("c=1", "b-"));
  EXPECT_THAT(Visit(runs, {.begin = "d", .end = "b"}), ElementsAre());
  EXPECT_EQ(FindInRuns(runs, "a")->value, "2");
  EXPECT_TRUE(FindInRuns(runs, "b")->deleted);
  EXPECT_EQ(FindInRuns(runs, "bb"), std::nullopt);
}

// Commits of all sizes, with overwriting and deleting: the runs show what the map shows, remain
// few, and a list that somebody holds stays as it was.
TEST(SortedRunTest, ManyRunsStayFewAndTrue) {
  constexpr int kCommits = 3'000;
  constexpr int kKeptEvery = 500;
  constexpr size_t kRunsMax = 40;
  SeededRandom random(1);
  SortedRuns runs;
  Written model;
  std::vector<std::pair<SortedRuns, Written>> kept;
  for (int commit = 0; commit < kCommits; ++commit) {
    Written rows;
    const size_t size = 1 + random.Below(commit % 10 == 0 ? 300 : 5);
    while (rows.size() < size) {
      // Some differ only behind the eighth byte.
      const std::string key =
          (random.OneIn(2) ? "customers/" : "") + std::to_string(random.Below(10'000));
      rows[key] = random.Below(4) == 0 ? std::nullopt : std::optional(std::to_string(commit));
    }
    AddRun(runs, RunOf(rows));
    for (const auto& [key, value] : rows) model[key] = value;
    EXPECT_THAT(runs.size(), Le(kRunsMax));
    if (commit % kKeptEvery == 0) kept.emplace_back(runs, model);
  }
  kept.emplace_back(runs, model);
  for (const auto& [list, rows] : kept) {
    Written found;
    for (RunsCursor cursor(list, {}); !cursor.AtEnd(); cursor.Advance()) {
      const WrittenRow row = cursor.Current();
      found[std::string(row.key)] =
          row.deleted ? std::nullopt : std::optional(std::string(row.value));
    }
    EXPECT_EQ(found, rows);
    for (const auto& [key, value] : rows) {
      const auto row = FindInRuns(list, key);
      ASSERT_TRUE(row.has_value());
      EXPECT_EQ(row->deleted, !value.has_value());
    }
  }
}

}  // namespace
}  // namespace comptoir
