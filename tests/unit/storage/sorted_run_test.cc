// Rows in memory as sorted runs: whatever was written shows, the last of each key, however runs
// were merged. The model is a map.

#include "common/storage/sorted_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/support/matchers.h"
#include "tests/support/seed.h"

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

// Few different keys, that most runs share: some begin others, some differ only behind the eighth
// byte.
std::string RandomKey(Random& random) {
  static constexpr const char* kBegins[] = {"", "a", "customers/"};
  std::string key = kBegins[random.Below(std::size(kBegins))];
  for (size_t bytes = random.Below(3); bytes > 0; --bytes) {
    key.push_back("\x00\x01m\xff"[random.Below(4)]);
  }
  return key;
}

SortedRuns RandomRuns(Random& random, Written& model) {
  SortedRuns runs;
  for (size_t count = random.Below(9); count > 0; --count) {
    Written rows;
    for (size_t size = random.Below(25); size > 0; --size) {
      rows[RandomKey(random)] =
          random.OneIn(4) ? std::nullopt : std::optional("of run " + std::to_string(count));
    }
    for (const auto& [key, value] : rows) model[key] = value;
    runs.push_back(RunOf(rows));
  }
  return runs;
}

using Rows = std::vector<std::pair<std::string, std::optional<std::string>>>;

Rows Between(const Written& model, const KeyRange& range) {
  Rows rows;
  for (const auto& row : model) {
    if (row.first >= range.begin && (range.end.empty() || row.first < range.end)) {
      rows.push_back(row);
    }
  }
  if (range.reverse) std::reverse(rows.begin(), rows.end());
  return rows;
}

// Runs that share most of their keys, each of which is there, deleted or overwritten: the cursor
// shows the last word of each key once, wherever it begins and ends, in both directions.
TEST(SortedRunTest, AnyRangeOfRunsShowsWhatTheMapShows) {
  TestRandom random;
  for (int round = 0; round < 300; ++round) {
    Written model;
    const SortedRuns runs = RandomRuns(random, model);
    for (int i = 0; i < 12; ++i) {
      KeyRange range;
      range.reverse = i % 2 == 1;
      if (!random.OneIn(4)) range.begin = RandomKey(random);
      if (!random.OneIn(4)) range.end = RandomKey(random);
      Rows found;
      std::string encoded;
      for (RunsCursor cursor(runs, range); !cursor.AtEnd(); cursor.Advance()) {
        const WrittenRow row = cursor.Current();
        found.emplace_back(row.key,
                           row.deleted ? std::nullopt : std::optional(std::string(row.value)));
        encoded += cursor.CurrentEncoded();
      }
      ASSERT_EQ(found, Between(model, range)) << "round " << round << ", range " << i;
      const auto parsed = SortedRun::Parse(encoded);
      ASSERT_THAT(parsed, IsOk());
      ASSERT_EQ(RowsOf(**parsed), Written(found.begin(), found.end()));
    }
  }
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
