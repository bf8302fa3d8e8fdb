// Rows found by their key, as they were when it was asked for. The model is a map of all that was
// ever written.

#include "common/storage/hashed_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/random.h"
#include "tests/support/seed.h"
#include "tests/unit/storage/made_rows.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNull;

class HashedRowsTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kNow = UINT64_MAX;

  MemtableRow Add(std::string_view key, uint64_t written) {
    const MemtableRow row = made_.Make(key, written);
    rows_.Add(row);
    return row;
  }

  MemtableRow Find(std::string_view key, uint64_t written = kNow) const {
    return rows_.Find({.key = key, .written = written});
  }

  // When the key's rows were written, as Older() goes from one to the next.
  std::vector<uint64_t> History(std::string_view key) const {
    std::vector<uint64_t> written;
    for (MemtableRow row = Find(key); row != nullptr; row = rows_.Older(row)) {
      EXPECT_EQ(KeyOf(row).key, key);
      written.push_back(KeyOf(row).written);
    }
    return written;
  }

  MadeRows made_;
  HashedRows rows_{made_.allocate()};
};

// Nobody has written yet: nothing is found, and no memory taken for it.
TEST(EmptyHashedRowsTest, TakeNoMemory) {
  size_t bytes_taken = 0;
  MadeRows made;
  const HashedRows rows([&](size_t bytes) {
    bytes_taken += bytes;
    return made.allocate()(bytes);
  });
  EXPECT_EQ(rows.size(), 0u);
  EXPECT_THAT(rows.Find({.key = "", .written = UINT64_MAX}), IsNull());
  EXPECT_THAT(rows.Find({.key = "key", .written = UINT64_MAX}), IsNull());
  EXPECT_EQ(bytes_taken, 0u);
}

// A key is written three times, with others between: the last row is found, and the others behind
// it, from the newest to the oldest.
TEST_F(HashedRowsTest, TheLastIsFoundAndTheOthersBehindIt) {
  const MemtableRow first = Add("key", 10);
  EXPECT_EQ(Find("key"), first);
  Add("other", 11);
  const MemtableRow second = Add("key", 20);
  Add("other", 21);
  const MemtableRow third = Add("key", 30);
  EXPECT_EQ(Find("key"), third);
  EXPECT_EQ(rows_.Older(third), second);
  EXPECT_EQ(rows_.Older(second), first);
  EXPECT_THAT(rows_.Older(first), IsNull());
  EXPECT_THAT(History("other"), ElementsAre(21, 11));
}

// A reader with a snapshot asks as of then: what was written later isn't there for it, be it a
// newer row or the whole key.
TEST_F(HashedRowsTest, WhoAsksAsOfThenFindsWhatWasThereThen) {
  const MemtableRow first = Add("key", 10);
  const MemtableRow second = Add("key", 20);
  const MemtableRow third = Add("key", 30);
  EXPECT_THAT(Find("key", 9), IsNull());
  EXPECT_EQ(Find("key", 10), first);
  EXPECT_EQ(Find("key", 19), first);
  EXPECT_EQ(Find("key", 20), second);
  EXPECT_EQ(Find("key", 29), second);
  EXPECT_EQ(Find("key", 30), third);
  EXPECT_EQ(Find("key", 31), third);
}

// Keys that begin others, are empty, hold zeros, differ at the end of a long beginning only, or are
// so long that their size takes two bytes: each is itself, and what lies between them isn't there.
TEST_F(HashedRowsTest, OddKeysAreTheirOwn) {
  using std::string_literals::operator""s;
  const std::string prefix(300, 'p');
  const std::vector<std::string> keys = {""s,
                                         "\0"s,
                                         "\0\0"s,
                                         "a"s,
                                         "a\0"s,
                                         "a\0b"s,
                                         "\xff\xff"s,
                                         prefix,
                                         prefix + "\0"s,
                                         prefix + "a"s,
                                         prefix + "b"s,
                                         std::string(119, 'x'),
                                         std::string(120, 'x')};
  std::vector<MemtableRow> rows;
  for (size_t i = 0; i < keys.size(); ++i) rows.push_back(Add(keys[i], i + 1));
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(Find(keys[i]), rows[i]) << "key " << i;
  for (const std::string& unknown : {"\0\0\0"s, "b"s, "a\0c"s, "\xff"s, prefix + "c"s,
                                     prefix.substr(1), std::string(121, 'x')}) {
    EXPECT_THAT(Find(unknown), IsNull());
  }
}

// So many keys that the places grow a dozen times: after each doubling none is lost, and the rows
// are told in the order in which they came.
TEST_F(HashedRowsTest, NoneIsLostWhereManyCome) {
  constexpr size_t kKeys = 60'000;
  const auto key_of = [](size_t i) { return "customers/" + std::to_string(i); };
  std::vector<MemtableRow> came;
  for (size_t i = 0; i < kKeys; ++i) {
    came.push_back(Add(key_of(i), i + 1));
    ASSERT_EQ(rows_.size(), i + 1);
    const bool look_at_all = ((i + 1) & i) == 0 || i + 1 == kKeys;
    for (size_t j = look_at_all ? 0 : i; j <= i; ++j) {
      ASSERT_EQ(Find(key_of(j)), came[j]) << "of " << i + 1;
      ASSERT_EQ(rows_[j], came[j]) << "of " << i + 1;
    }
    ASSERT_THAT(Find(key_of(i + 1)), IsNull());
  }
}

// Few keys that are written again and again, while others are new: whatever is asked for, as of
// whenever, is what the map has.
TEST_F(HashedRowsTest, AnyHistoryIsWhatTheMapTells) {
  constexpr uint64_t kWrites = 20'000;
  TestRandom random;
  const auto random_key = [&] {
    return std::to_string(random.OneIn(2) ? random.Below(50) : random.Below(10'000));
  };
  std::map<std::string, std::map<uint64_t, MemtableRow>> model;
  for (uint64_t written = 1; written <= kWrites; ++written) {
    const std::string key = random_key();
    model[key][written] = Add(key, written);
    const std::string asked = random_key();
    const uint64_t then = random.Below(written + 2);
    const auto& history = model[asked];
    const auto after = history.upper_bound(then);
    ASSERT_EQ(Find(asked, then), after == history.begin() ? nullptr : std::prev(after)->second)
        << "key " << asked << " as of " << then;
  }
  for (const auto& [key, history] : model) {
    std::vector<uint64_t> expected;
    for (auto row = history.rbegin(); row != history.rend(); ++row) expected.push_back(row->first);
    ASSERT_EQ(History(key), expected) << "key " << key;
  }
}

// One thread adds, while others ask for what they were told is there: they find each row, and
// behind it all those of its key that came before. Nobody waits for anybody in a way that would
// order what they do with the rows.
TEST_F(HashedRowsTest, ReadersFindWhatWasAddedBeforeTheyAsk) {
  constexpr size_t kRows = 20'000;
  constexpr size_t kKeys = 3'000;
  constexpr size_t kReaders = 3;
  // The writer is no further ahead of each reader than so many rows for each of its looks.
  constexpr size_t kRowsPerLook = 20;
  const auto key_of = [](size_t i) { return "key " + std::to_string(i % kKeys); };
  // Row i is written at i + 1.
  std::vector<MemtableRow> came;
  for (size_t i = 0; i < kRows; ++i) came.push_back(made_.Make(key_of(i), i + 1));
  std::atomic<size_t> added = 0;
  std::vector<std::atomic<size_t>> looks(kReaders);
  std::vector<std::thread> readers;
  for (size_t reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] {
      SeededRandom random(reader);
      for (size_t there = 0; there < kRows; looks[reader].fetch_add(1, std::memory_order_relaxed)) {
        there = added.load(std::memory_order_acquire);
        if (there == 0) continue;
        EXPECT_GE(rows_.size(), there);
        const size_t i = random.Below(there);
        EXPECT_EQ(rows_[i], came[i]);
        EXPECT_EQ(Find(key_of(i), i + 1), came[i]);
        EXPECT_EQ(rows_.Older(came[i]), i < kKeys ? nullptr : came[i - kKeys]);
        const MemtableRow last = Find(key_of(i));
        // No more than that: the writer waits for each reader's looks.
        EXPECT_NE(last, nullptr);
        if (last == nullptr) continue;
        EXPECT_EQ(KeyOf(last).key, key_of(i));
        EXPECT_GE(KeyOf(last).written + kKeys, there);
      }
    });
  }
  for (size_t i = 0; i < kRows; ++i) {
    rows_.Add(came[i]);
    added.store(i + 1, std::memory_order_release);
    for (const auto& done : looks) {
      while (done.load(std::memory_order_relaxed) * kRowsPerLook < i) std::this_thread::yield();
    }
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace comptoir
