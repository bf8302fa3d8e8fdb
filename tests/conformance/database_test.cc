// What every Database promises, held against each of them.

#include "common/storage/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <limits>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/storage/key_codec.h"
#include "common/storage/read_once.h"
#include "tests/conformance/database_harness.h"
#include "tests/support/matchers.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

using Row = std::pair<std::string, std::string>;
using Model = std::map<std::string, std::string>;

constexpr size_t kAllRows = std::numeric_limits<size_t>::max();

std::vector<Row> Scan(const Reader& reader, Table table, const KeyRange& range) {
  std::vector<Row> rows;
  EXPECT_THAT(reader.Scan(table, range,
                          [&rows](std::string_view key, std::string_view value) {
                            rows.emplace_back(key, value);
                            return true;
                          }),
              IsOk());
  return rows;
}

std::vector<Row> ScanAll(const Reader& reader, Table table) {
  return Scan(reader, table, {.rows_max = kAllRows});
}

std::optional<std::string> Get(const Reader& reader, Table table, std::string_view key) {
  auto value = reader.Get(table, key);
  EXPECT_THAT(value, IsOk());
  return value.ok() ? *value : std::nullopt;
}

// What a scan of `model` should visit.
std::vector<Row> Expected(const Model& model, const KeyRange& range) {
  std::vector<Row> rows;
  for (const auto& [key, value] : model) {
    if (key >= range.begin && (range.end.empty() || key < range.end)) rows.emplace_back(key, value);
  }
  if (range.reverse) std::reverse(rows.begin(), rows.end());
  if (rows.size() > range.rows_max) rows.resize(range.rows_max);
  return rows;
}

// Keys of few different bytes, so that they collide, begin each other, touch the ends and hold what
// ends a string (key_codec.h); some differ only behind the eighth byte.
std::string RandomKey(Random& random) {
  static constexpr char kBytes[] = {'\x00', '\x01', '\x02', 'a', '\xff'};
  std::string key(1 + random.Below(4), '\0');
  for (char& byte : key) byte = kBytes[random.Below(std::size(kBytes))];
  if (random.OneIn(2)) key.insert(0, 6, 'a');
  return key;
}

std::string RandomValue(Random& random) {
  return random.OneIn(5) ? "" : std::string(random.Below(40), static_cast<char>(random.Next()));
}

// Writes `writes` random rows, or deletes them, in both.
void WriteRandomly(Random& random, size_t writes, Table table, Transaction& transaction,
                   Model& model) {
  for (size_t i = 0; i < writes; ++i) {
    const std::string key = RandomKey(random);
    if (random.OneIn(3)) {
      transaction.Delete(table, key);
      model.erase(key);
    } else {
      const std::string value = RandomValue(random);
      transaction.Put(table, key, value);
      model[key] = value;
    }
  }
}

KeyRange RandomRange(Random& random) {
  KeyRange range = random.OneIn(4) ? PrefixRange(RandomKey(random)) : KeyRange();
  if (range.begin.empty() && !random.OneIn(3)) range.begin = RandomKey(random);
  if (range.end.empty() && !random.OneIn(3)) range.end = RandomKey(random);
  range.rows_max = random.OneIn(2) ? kAllRows : random.Below(10);
  range.reverse = random.OneIn(2);
  return range;
}

// Compares all ways to read with the model.
void ExpectEqual(Random& random, Table table, const Reader& reader, const Model& model) {
  ASSERT_EQ(ScanAll(reader, table), Expected(model, {.rows_max = kAllRows}));
  for (int i = 0; i < 20; ++i) {
    const KeyRange range = RandomRange(random);
    ASSERT_EQ(Scan(reader, table, range), Expected(model, range))
        << "from " << testing::PrintToString(range.begin) << " to "
        << testing::PrintToString(range.end) << (range.reverse ? " backwards" : "") << ", limit "
        << range.rows_max;
  }
  std::vector<std::string> keys(1 + random.Below(50));
  std::vector<std::optional<std::string>> expected;
  for (std::string& key : keys) {
    key = RandomKey(random);
    const auto row = model.find(key);
    expected.push_back(row == model.end() ? std::nullopt : std::optional(row->second));
    ASSERT_EQ(Get(reader, table, key), expected.back());
  }
  auto values = reader.MultiGet(table, keys);
  ASSERT_THAT(values, IsOk());
  ASSERT_EQ(*values, expected);
}

class DatabaseTest : public testing::TestWithParam<HarnessParam> {
 protected:
  DatabaseTest() : harness_(GetParam().make()) { EXPECT_THAT(harness_->Open(), IsOk()); }

  Database& database() { return harness_->database(); }

  void Put(std::string_view key, std::string_view value, Table table = Table::kRecords) {
    const auto transaction = database().NewTransaction();
    transaction->Put(table, key, value);
    ASSERT_THAT(database().Commit(*transaction), IsOk());
  }

  void Delete(std::string_view key) {
    const auto transaction = database().NewTransaction();
    transaction->Delete(Table::kRecords, key);
    ASSERT_THAT(database().Commit(*transaction), IsOk());
  }

  std::optional<std::string> Latest(std::string_view key, Table table = Table::kRecords) {
    return Get(database().latest(), table, key);
  }

  const std::unique_ptr<DatabaseHarness> harness_;
};

using DatabaseDeathTest = DatabaseTest;

// A row is there from its commit until its deletion, with its last value.
TEST_P(DatabaseTest, PutGetOverwriteDelete) {
  EXPECT_EQ(Latest("ada"), std::nullopt);
  Put("ada", "1");
  EXPECT_THAT(Latest("ada"), Optional(std::string("1")));
  Put("ada", "2");
  EXPECT_THAT(Latest("ada"), Optional(std::string("2")));
  Delete("ada");
  EXPECT_EQ(Latest("ada"), std::nullopt);
  Delete("never there");
  EXPECT_THAT(ScanAll(database().latest(), Table::kRecords), IsEmpty());
}

// Empty values are rows, and keys and values may hold any byte.
TEST_P(DatabaseTest, EmptyValuesAndBinaryKeys) {
  const std::string zero(1, '\0');
  const std::string high = "\xff\xff";
  Put("empty", "");
  Put(zero, zero + "x" + zero);
  Put(high, "high");
  EXPECT_THAT(Latest("empty"), Optional(std::string()));
  EXPECT_THAT(Latest(zero), Optional(zero + "x" + zero));
  EXPECT_THAT(ScanAll(database().latest(), Table::kRecords),
              ElementsAre(Pair(zero, zero + "x" + zero), Pair("empty", ""), Pair(high, "high")));
}

// The empty key sorts before all others and is reached from both ends.
TEST_P(DatabaseTest, EmptyKeyIsTheFirst) {
  Put("", "first");
  Put("a", "second");
  {
    const auto reader = database().NewReader();
    EXPECT_THAT(ScanAll(*reader, Table::kRecords),
                ElementsAre(Pair("", "first"), Pair("a", "second")));
    EXPECT_THAT(Scan(*reader, Table::kRecords, {.reverse = true}),
                ElementsAre(Pair("a", "second"), Pair("", "first")));
  }
  EXPECT_THAT(Latest(""), Optional(std::string("first")));
}

// The same key in another table is another row.
TEST_P(DatabaseTest, TablesAreSeparate) {
  for (const Table table : kAllTables) {
    Put("key", std::to_string(static_cast<int>(table)), table);
  }
  for (const Table table : kAllTables) {
    EXPECT_THAT(Latest("key", table), Optional(std::to_string(static_cast<int>(table))));
    EXPECT_THAT(ScanAll(database().latest(), table),
                ElementsAre(Pair("key", std::to_string(static_cast<int>(table)))));
  }
}

// Values come in the order of the keys asked for, sorted or not, also twice.
TEST_P(DatabaseTest, MultiGetKeepsTheOrderOfItsKeys) {
  Put("a", "1");
  Put("c", "3");
  const std::vector<std::string> keys = {"c", "b", "a", "c"};
  auto values = database().latest().MultiGet(Table::kRecords, keys);
  ASSERT_THAT(values, IsOk());
  EXPECT_THAT(*values, ElementsAre("3", std::nullopt, "1", "3"));
  EXPECT_THAT(database().latest().MultiGet(Table::kRecords, {}), IsOkAndHolds(IsEmpty()));
}

// A range takes its begin, leaves its end out, and stops at its limit from either side.
TEST_P(DatabaseTest, ScanHonoursBoundsLimitAndDirection) {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, key);
  const Reader& reader = database().latest();
  const auto keys = [&](const KeyRange& range) {
    std::string text;
    for (const auto& [key, value] : Scan(reader, Table::kRecords, range)) text += key + " ";
    return text;
  };
  EXPECT_EQ(keys({.begin = "b", .end = "d"}), "b ba c ");
  EXPECT_EQ(keys({.begin = "b", .end = "d", .reverse = true}), "c ba b ");
  EXPECT_EQ(keys({.begin = "aa", .end = "cc"}), "b ba c ");
  EXPECT_EQ(keys({.begin = "aa", .end = "cc", .reverse = true}), "c ba b ");
  EXPECT_EQ(keys({.begin = "c"}), "c d ");
  EXPECT_EQ(keys({.begin = "c", .reverse = true}), "d c ");
  EXPECT_EQ(keys({.rows_max = 2}), "a b ");
  EXPECT_EQ(keys({.rows_max = 2, .reverse = true}), "d c ");
  EXPECT_EQ(keys({.rows_max = 0}), "");
  EXPECT_EQ(keys({.begin = "b", .end = "b"}), "");
  EXPECT_EQ(keys({.begin = "c", .end = "b"}), "");
  EXPECT_EQ(keys({.begin = "c", .end = "b", .reverse = true}), "");
  EXPECT_EQ(keys(PrefixRange("b")), "b ba ");
  EXPECT_EQ(keys(PrefixRange("x")), "");
}

// A visitor that has seen enough ends the scan.
TEST_P(DatabaseTest, ScanStopsWhenTheVisitorSaysSo) {
  for (const char* key : {"a", "b", "c"}) Put(key, key);
  const auto transaction = database().NewTransaction();
  transaction->Put(Table::kRecords, "aa", "own");
  for (const Reader* reader :
       std::initializer_list<const Reader*>{&database().latest(), transaction.get()}) {
    std::vector<std::string> keys;
    EXPECT_THAT(reader->Scan(Table::kRecords, {},
                             [&keys](std::string_view key, std::string_view) {
                               keys.emplace_back(key);
                               return false;
                             }),
                IsOk());
    EXPECT_THAT(keys, ElementsAre("a"));
  }
}

// A visitor may look up what the row refers to.
TEST_P(DatabaseTest, VisitorMayRead) {
  for (const char* key : {"a", "b", "c"}) Put(key, key);
  const auto transaction = database().NewTransaction();
  const auto snapshot = database().NewReader();
  for (const Reader* reader : std::initializer_list<const Reader*>{
           &database().latest(), transaction.get(), snapshot.get()}) {
    size_t rows = 0;
    EXPECT_THAT(reader->Scan(Table::kRecords, {.end = "z"},
                             [&](std::string_view key, std::string_view) {
                               EXPECT_THAT(Get(*reader, Table::kRecords, key),
                                           Optional(std::string(key)));
                               rows += ScanAll(*reader, Table::kRecords).size();
                               rows += Scan(*reader, Table::kRecords, {.end = "b"}).size();
                               return true;
                             }),
                IsOk());
    EXPECT_EQ(rows, 12u);
  }
}

// Writing under a scan's feet would give different rows in different databases: it is a bug, and
// ends the process.
TEST_P(DatabaseDeathTest, VisitorMayNotWrite) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Put("a", "1");
  const auto transaction = database().NewTransaction();
  EXPECT_DEATH((void)transaction->Scan(Table::kRecords, {},
                                       [&](std::string_view key, std::string_view) {
                                         transaction->Delete(Table::kRecords, key);
                                         return true;
                                       }),
               "while it was scanned");
}

// A command reads its own writes as if they were committed; everybody else reads as before.
TEST_P(DatabaseTest, TransactionSeesItsOwnWritesAndNobodyElseDoes) {
  Put("b", "old");
  Put("c", "old");
  const auto transaction = database().NewTransaction();
  transaction->Put(Table::kRecords, "a", "new");
  transaction->Put(Table::kRecords, "b", "new");
  transaction->Delete(Table::kRecords, "c");
  transaction->Put(Table::kRecords, "d", "");

  EXPECT_THAT(Get(*transaction, Table::kRecords, "a"), Optional(std::string("new")));
  EXPECT_EQ(Get(*transaction, Table::kRecords, "c"), std::nullopt);
  const std::vector<std::string> keys = {"a", "b", "c", "d"};
  EXPECT_THAT(transaction->MultiGet(Table::kRecords, keys),
              IsOkAndHolds(ElementsAre("new", "new", std::nullopt, "")));
  EXPECT_THAT(ScanAll(*transaction, Table::kRecords),
              ElementsAre(Pair("a", "new"), Pair("b", "new"), Pair("d", "")));
  EXPECT_THAT(Scan(*transaction, Table::kRecords, {.reverse = true}),
              ElementsAre(Pair("d", ""), Pair("b", "new"), Pair("a", "new")));
  EXPECT_THAT(Scan(*transaction, Table::kRecords, {.begin = "b", .end = "d"}),
              ElementsAre(Pair("b", "new")));

  EXPECT_THAT(ScanAll(database().latest(), Table::kRecords),
              ElementsAre(Pair("b", "old"), Pair("c", "old")));
  EXPECT_THAT(ScanAll(*database().NewReader(), Table::kRecords),
              ElementsAre(Pair("b", "old"), Pair("c", "old")));
}

// What is not committed never happened.
TEST_P(DatabaseTest, AbandonedTransactionLeavesNothing) {
  database().NewTransaction()->Put(Table::kRecords, "a", "1");
  EXPECT_EQ(Latest("a"), std::nullopt);
  harness_->Close();
  ASSERT_THAT(harness_->Open(), IsOk());
  EXPECT_EQ(Latest("a"), std::nullopt);
}

// The committer bounds its groups by what a transaction counts, and uses it again after a commit.
TEST_P(DatabaseTest, TransactionCountsItsWritesAndIsEmptyAfterCommit) {
  const auto transaction = database().NewTransaction();
  EXPECT_EQ(transaction->write_count(), 0u);
  transaction->Put(Table::kRecords, "abc", "12");
  transaction->Put(Table::kRecords, "abc", "34");
  transaction->Delete(Table::kIndex, "de");
  EXPECT_EQ(transaction->write_count(), 3u);
  EXPECT_EQ(transaction->write_bytes(), 12u);
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  EXPECT_EQ(transaction->write_count(), 0u);
  EXPECT_EQ(transaction->write_bytes(), 0u);

  Delete("abc");
  transaction->Put(Table::kRecords, "f", "1");
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  EXPECT_THAT(ScanAll(database().latest(), Table::kRecords), ElementsAre(Pair("f", "1")));
}

// Who follows what is committed sees each key once, with its last fate, before the commit.
TEST_P(DatabaseTest, TransactionTellsItsWrites) {
  Put("b", "old");
  Put("c", "old");
  const auto transaction = database().NewTransaction();
  transaction->Put(Table::kRecords, "c", "new");
  transaction->Put(Table::kRecords, "a", "new");
  transaction->Put(Table::kRecords, "a", "newer");
  transaction->Delete(Table::kRecords, "b");
  transaction->Put(Table::kRecords, "d", "new");
  transaction->Delete(Table::kRecords, "d");
  transaction->Put(Table::kIndex, "e", "");
  const auto writes = [&](Table table) {
    std::vector<std::pair<std::string, std::optional<std::string>>> told;
    transaction->VisitWrites(table,
                             [&](std::string_view key, std::optional<std::string_view> value) {
                               told.emplace_back(key, value);
                             });
    return told;
  };
  EXPECT_THAT(writes(Table::kRecords),
              ElementsAre(Pair("a", Optional(std::string("newer"))), Pair("b", std::nullopt),
                          Pair("c", Optional(std::string("new"))), Pair("d", std::nullopt)));
  EXPECT_THAT(writes(Table::kIndex), ElementsAre(Pair("e", Optional(std::string()))));
  EXPECT_THAT(writes(Table::kMeta), IsEmpty());
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  EXPECT_THAT(writes(Table::kRecords), IsEmpty());
}

// A reader goes on seeing what was there when it was opened, whatever is committed later.
TEST_P(DatabaseTest, ReaderSeesNoLaterCommit) {
  Put("changed", "before");
  Put("deleted", "before");
  const auto reader = database().NewReader();
  Put("changed", "after");
  Put("new", "after");
  Delete("deleted");
  Put("deleted", "again");
  Delete("deleted");

  EXPECT_THAT(ScanAll(*reader, Table::kRecords),
              ElementsAre(Pair("changed", "before"), Pair("deleted", "before")));
  EXPECT_THAT(Get(*reader, Table::kRecords, "changed"), Optional(std::string("before")));
  EXPECT_EQ(Get(*reader, Table::kRecords, "new"), std::nullopt);
  EXPECT_THAT(ScanAll(database().latest(), Table::kRecords),
              ElementsAre(Pair("changed", "after"), Pair("new", "after")));
}

// A scan of the last commit is one state too, though commits happen under it.
TEST_P(DatabaseTest, ScanSeesNoCommitThatHappensDuringIt) {
  for (int i = 0; i < 100; ++i) Put(KeyWriter().Fixed32(i).key(), "before");
  size_t rows = 0;
  EXPECT_THAT(database().latest().Scan(Table::kRecords, {.rows_max = kAllRows},
                                       [&](std::string_view, std::string_view value) {
                                         EXPECT_EQ(value, "before");
                                         if (rows++ > 0) return true;
                                         for (int i = 0; i < 100; ++i) {
                                           const std::string key = KeyWriter().Fixed32(i).key();
                                           i % 2 == 0 ? Put(key, "after") : Delete(key);
                                         }
                                         return true;
                                       }),
              IsOk());
  EXPECT_EQ(rows, 100u);
  EXPECT_EQ(ScanAll(database().latest(), Table::kRecords).size(), 50u);
}

// Random commits, with readers left open at random moments and a transaction under way, against a
// model: every way to read gives what the model holds. Table kIndex is stored in a way of its own.
TEST_P(DatabaseTest, AgreesWithAModel) {
  TestRandom random;
  for (const Table table : {Table::kRecords, Table::kIndex}) {
    Model model;
    std::vector<std::pair<std::unique_ptr<Reader>, Model>> readers;
    for (int round = 0; round < 60; ++round) {
      auto transaction = database().NewTransaction();
      Model own = model;
      WriteRandomly(random, random.Below(60), table, *transaction, own);
      ExpectEqual(random, table, *transaction, own);
      ExpectEqual(random, table, database().latest(), model);
      ExpectEqual(random, table, LatestOnce(database()), model);
      if (HasFatalFailure()) return;
      if (!random.OneIn(4)) {
        ASSERT_THAT(database().Commit(*transaction), IsOk());
        model = own;
      }
      if (random.OneIn(2)) readers.emplace_back(database().NewReader(), model);
      if (!readers.empty() && random.OneIn(2)) {
        readers.erase(readers.begin() + static_cast<ptrdiff_t>(random.Below(readers.size())));
      }
      for (const auto& [reader, snapshot] : readers) {
        ExpectEqual(random, table, *reader, snapshot);
        if (HasFatalFailure()) return;
      }
      if (random.OneIn(10)) {
        readers.clear();
        transaction.reset();
        harness_->Close();
        ASSERT_THAT(harness_->Open(), IsOk());
      }
    }
  }
}

// Rows of many sizes, more than any buffer of this suite's database: they come back from memory,
// from the log and from sorted files.
TEST_P(DatabaseTest, LargeValuesSurvive) {
  Model model;
  for (int i = 0; i < 40; ++i) {
    const std::string key = KeyWriter().Fixed32(i % 30).key();
    model[key] = std::string(static_cast<size_t>(i) * 1'500, static_cast<char>('a' + i % 26));
    Put(key, model[key]);
  }
  EXPECT_EQ(ScanAll(database().latest(), Table::kRecords), Expected(model, {.rows_max = kAllRows}));
  harness_->Close();
  ASSERT_THAT(harness_->Open(), IsOk());
  EXPECT_EQ(ScanAll(database().latest(), Table::kRecords), Expected(model, {.rows_max = kAllRows}));
}

// Threads read while one commits pairs of rows that always agree: none ever sees half a commit.
TEST_P(DatabaseTest, ReadersInOtherThreadsSeeWholeCommits) {
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  const auto check = [&torn](const Reader& reader) {
    const std::vector<Row> rows = ScanAll(reader, Table::kRecords);
    if (!rows.empty() && (rows.size() != 2 || rows[0].second != rows[1].second)) ++torn;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        check(database().latest());
        const auto reader = database().NewReader();
        check(*reader);
        const auto left = Get(*reader, Table::kRecords, "left");
        if (left != Get(*reader, Table::kRecords, "right")) ++torn;
      }
    });
  }
  for (int i = 0; i < 300; ++i) {
    const auto transaction = database().NewTransaction();
    transaction->Put(Table::kRecords, "left", std::to_string(i));
    transaction->Put(Table::kRecords, "right", std::to_string(i));
    EXPECT_THAT(database().Commit(*transaction), IsOk());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
}

INSTANTIATE_TEST_SUITE_P(Databases, DatabaseTest, testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Databases, DatabaseDeathTest, testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace comptoir
