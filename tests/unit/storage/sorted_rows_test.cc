// Rows in order, whenever they were sorted and however they were merged. The model is a map in that
// order: by key, and of one key the last written first.

#include "common/storage/sorted_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/support/seed.h"
#include "tests/unit/storage/made_rows.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::SizeIs;

// Two of them are more than are merged; see sorted_rows.cc.
constexpr size_t kRowsOfLargeRun = 40'000;

class SortedRowsTest : public ::testing::Test {
 protected:
  // Later ones are smaller.
  using Order = std::pair<std::string, uint64_t>;
  using Model = std::map<Order, MemtableRow>;

  static Order OrderOf(std::string_view key, uint64_t written) {
    return {std::string(key), UINT64_MAX - written};
  }

  void Add(std::string_view key) {
    ++written_;
    const MemtableRow row = made_.Make(key, written_);
    rows_.Add(row);
    model_[OrderOf(key, written_)] = row;
  }

  std::string RandomKey() { return RandomRowKey(random_); }

  static std::vector<MemtableRow> RowsOf(const Model& model) {
    std::vector<MemtableRow> rows;
    rows.reserve(model.size());
    for (const auto& [order, row] : model) rows.push_back(row);
    return rows;
  }

  static std::vector<MemtableRow> Forwards(std::shared_ptr<const SortedView> view) {
    std::vector<MemtableRow> rows;
    SortedRowsCursor cursor(std::move(view));
    for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) rows.push_back(cursor.row());
    return rows;
  }

  // In the order of the rows nevertheless.
  static std::vector<MemtableRow> Backwards(std::shared_ptr<const SortedView> view) {
    std::vector<MemtableRow> rows;
    SortedRowsCursor cursor(std::move(view));
    for (cursor.SeekToLast(); cursor.valid(); cursor.Prev()) rows.push_back(cursor.row());
    std::reverse(rows.begin(), rows.end());
    return rows;
  }

  // Jumps to somewhere and goes a few steps from there, now this way, now that, as the model does.
  void Walk(SortedRowsCursor& cursor, const Model& model) {
    Model::const_iterator at;
    const std::string key = RandomKey();
    const uint64_t written = random_.Below(written_ + 2);
    switch (random_.Below(5)) {
      case 0:
        cursor.SeekToFirst();
        at = model.begin();
        break;
      case 1:
        cursor.SeekToLast();
        at = model.empty() ? model.end() : std::prev(model.end());
        break;
      case 2:
        cursor.Seek({.key = key, .written = written});
        at = model.lower_bound(OrderOf(key, written));
        break;
      case 3:
        cursor.SeekForPrev({.key = key, .written = written});
        at = model.upper_bound(OrderOf(key, written));
        at = at == model.begin() ? model.end() : std::prev(at);
        break;
      default:
        // To a row that there is.
        if (model.empty()) return;
        at = std::next(model.begin(), static_cast<ptrdiff_t>(random_.Below(model.size())));
        random_.OneIn(2) ? cursor.Seek(KeyOf(at->second)) : cursor.SeekForPrev(KeyOf(at->second));
    }
    for (size_t steps = random_.Below(12);; --steps) {
      ASSERT_EQ(cursor.valid(), at != model.end());
      if (at == model.end()) return;
      ASSERT_EQ(cursor.row(), at->second);
      if (steps == 0) return;
      if (random_.OneIn(2)) {
        cursor.Next();
        ++at;
      } else {
        cursor.Prev();
        at = at == model.begin() ? model.end() : std::prev(at);
      }
    }
  }

  TestRandom random_;
  MadeRows made_;
  HashedRows rows_{made_.allocate()};
  const SortedRows sorted_{rows_};
  uint64_t written_ = 0;
  Model model_;
};

// Nothing was written: a scan begins nowhere, from whichever end.
TEST_F(SortedRowsTest, NoRowsHaveNoFirstAndNoLast) {
  SortedRowsCursor cursor(sorted_.Sort());
  EXPECT_FALSE(cursor.valid());
  cursor.SeekToFirst();
  EXPECT_FALSE(cursor.valid());
  cursor.SeekToLast();
  EXPECT_FALSE(cursor.valid());
  cursor.Seek({.key = "", .written = UINT64_MAX});
  EXPECT_FALSE(cursor.valid());
  cursor.SeekForPrev({.key = "key", .written = 0});
  EXPECT_FALSE(cursor.valid());
}

// Some write, somebody scans, some write more: in commits of all sizes, with scans after few or
// many of them. Wherever a cursor begins and however often it turns, it stands where the model
// does.
TEST_F(SortedRowsTest, ACursorGoesWhereTheModelGoes) {
  constexpr size_t kSizes[] = {1, 1, 2, 7, 30, 200};
  for (int scan = 0; scan < 400; ++scan) {
    for (size_t rows = random_.Below(kSizes[random_.Below(std::size(kSizes))] + 1); rows > 0;
         --rows) {
      Add(RandomKey());
    }
    const auto view = sorted_.Sort();
    ASSERT_EQ(view->rows, model_.size());
    // As each is more than twice as large as the next.
    ASSERT_THAT(view->runs.size(), Le(16u));
    SortedRowsCursor cursor(view);
    for (int walk = 0; walk < 10; ++walk) {
      ASSERT_NO_FATAL_FAILURE(Walk(cursor, model_)) << "scan " << scan << ", walk " << walk;
    }
    if (scan % 40 != 0) continue;
    ASSERT_EQ(Forwards(view), RowsOf(model_)) << "scan " << scan;
    ASSERT_EQ(Backwards(view), RowsOf(model_)) << "scan " << scan;
  }
}

// A long scan began before others wrote: it goes on over what was there when it began, while new
// scans see more, also where what it reads was merged meanwhile.
TEST_F(SortedRowsTest, WhatSomebodyScansStaysAsItWas) {
  std::vector<std::pair<std::shared_ptr<const SortedView>, Model>> scans;
  for (int round = 0; round < 60; ++round) {
    for (size_t rows = 1 + random_.Below(20); rows > 0; --rows) Add(RandomKey());
    scans.emplace_back(sorted_.Sort(), model_);
  }
  for (const auto& [view, model] : scans) {
    ASSERT_EQ(Forwards(view), RowsOf(model));
    ASSERT_EQ(Backwards(view), RowsOf(model));
    SortedRowsCursor cursor(view);
    for (int walk = 0; walk < 10; ++walk) ASSERT_NO_FATAL_FAILURE(Walk(cursor, model));
  }
}

// Who scans twice with nothing written between gets what was sorted the first time.
TEST_F(SortedRowsTest, WhatIsSortedIsKept) {
  Add("b");
  Add("a");
  const auto view = sorted_.Sort();
  EXPECT_EQ(sorted_.Sort(), view);
  Add("c");
  EXPECT_NE(sorted_.Sort(), view);
}

// A log's rows come in order, and each scan's after those of the scan before.
TEST_F(SortedRowsTest, RowsThatComeInOrderStayInOrder) {
  for (int row = 1000; row < 3000; ++row) {
    Add("log/" + std::to_string(row));
    if (row % 7 != 0) continue;
    const auto view = sorted_.Sort();
    ASSERT_EQ(view->rows, model_.size());
    if (row % 70 != 0) continue;
    ASSERT_EQ(Forwards(view), RowsOf(model_));
  }
  EXPECT_EQ(Forwards(sorted_.Sort()), RowsOf(model_));
  EXPECT_EQ(Backwards(sorted_.Sort()), RowsOf(model_));
}

// A cursor that goes on, back and on again at each row comes back to where it was, be the next row
// in the same run or in another.
TEST_F(SortedRowsTest, ACursorTurnsAtEachRow) {
  for (const char* key : {"a", "c", "e", "g"}) Add(key);
  ASSERT_THAT(sorted_.Sort()->runs, SizeIs(1));
  Add("b");
  const auto view = sorted_.Sort();
  ASSERT_THAT(view->runs, SizeIs(2));
  SortedRowsCursor cursor(view);
  std::string seen;
  const auto see = [&] { seen += cursor.valid() ? std::string(KeyOf(cursor.row()).key) : "."; };
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    see();
    const MemtableRow row = cursor.row();
    cursor.Next();
    see();
    if (cursor.valid()) {
      cursor.Prev();
      EXPECT_EQ(cursor.row(), row);
    } else {
      cursor.SeekToLast();
    }
  }
  EXPECT_EQ(seen, "abbcceegg.");
}

// Runs that are too large to be merged while somebody waits stay by themselves, small ones after
// them don't; the order is that of all of them.
TEST_F(SortedRowsTest, LargeRunsStayByThemselves) {
  const auto sizes = [](const SortedView& view) {
    std::vector<size_t> sizes;
    for (const auto& run : view.runs) sizes.push_back(run->size());
    return sizes;
  };
  for (int run = 0; run < 3; ++run) {
    for (size_t i = 0; i < kRowsOfLargeRun; ++i) {
      Add("customers/" + std::to_string(random_.Below(100'000)));
    }
    sorted_.Sort();
  }
  EXPECT_THAT(sizes(*sorted_.Sort()),
              ElementsAre(kRowsOfLargeRun, kRowsOfLargeRun, kRowsOfLargeRun));
  for (int i = 0; i < 5; ++i) {
    Add(RandomKey());
    sorted_.Sort();
  }
  const auto view = sorted_.Sort();
  EXPECT_EQ(view->rows, model_.size());
  EXPECT_THAT(view->runs.size(), Le(3u + 3u));
  EXPECT_EQ(Forwards(view), RowsOf(model_));
  EXPECT_EQ(Backwards(view), RowsOf(model_));
  SortedRowsCursor cursor(view);
  for (int walk = 0; walk < 200; ++walk) {
    // From a row among the many.
    const auto at = std::next(model_.begin(), static_cast<ptrdiff_t>(random_.Below(model_.size())));
    cursor.Seek(KeyOf(at->second));
    ASSERT_EQ(cursor.row(), at->second);
    ASSERT_NO_FATAL_FAILURE(Walk(cursor, model_));
  }
}

// One thread adds, several scan: each sees, in order and once, all rows that it was told of before
// it began, and no scan stands in the way of another.
TEST_F(SortedRowsTest, ManyScanWhileOneAdds) {
  constexpr size_t kRows = 6'000;
  constexpr size_t kReaders = 3;
  // The writer is no further ahead of each reader than so many rows for each of its scans.
  constexpr size_t kRowsPerScan = 100;
  std::vector<MemtableRow> came;
  for (size_t i = 0; i < kRows; ++i) came.push_back(made_.Make(RandomKey(), i + 1));
  std::atomic<size_t> added = 0;
  std::vector<std::atomic<size_t>> scans(kReaders);
  std::vector<std::thread> readers;
  for (auto& scans_of_reader : scans) {
    readers.emplace_back([&] {
      for (size_t there = 0; there < kRows;
           scans_of_reader.fetch_add(1, std::memory_order_relaxed)) {
        there = added.load(std::memory_order_acquire);
        const auto view = sorted_.Sort();
        EXPECT_GE(view->rows, there);
        size_t rows = 0;
        size_t rows_told_of = 0;
        std::optional<MemtableKey> last;
        SortedRowsCursor cursor(view);
        for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
          const MemtableKey key = KeyOf(cursor.row());
          EXPECT_TRUE(!last.has_value() || last->IsBefore(key));
          last = key;
          ++rows;
          if (key.written <= there) ++rows_told_of;
        }
        EXPECT_EQ(rows, view->rows);
        EXPECT_EQ(rows_told_of, there);
      }
    });
  }
  for (size_t i = 0; i < kRows; ++i) {
    rows_.Add(came[i]);
    added.store(i + 1, std::memory_order_release);
    for (const auto& done : scans) {
      while (done.load(std::memory_order_relaxed) * kRowsPerScan < i) std::this_thread::yield();
    }
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace comptoir
