// A transaction that knows rows ahead answers as one that doesn't.

#include "channel-service/domain/replication/read_ahead.h"

#include <gtest/gtest.h>

#include <map>

#include "common/base/random.h"
#include "common/storage/memory_database.h"
#include "tests/support/matchers.h"

namespace comptoir::channel {
namespace {

std::string KeyOfNumber(uint64_t number) { return "key-" + std::to_string(number); }

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows RowsIn(const Reader& reader, const KeyRange& range) {
  Rows rows;
  EXPECT_THAT(reader.Scan(Table::kMeta, range,
                          [&](std::string_view key, std::string_view value) {
                            rows.emplace_back(key, value);
                            return true;
                          }),
              IsOk());
  return rows;
}

// Whatever was read ahead, and written since.
TEST(ReadAhead, AnswersAsTheTransactionDoes) {
  SeededRandom random(1);
  for (int round = 0; round < 50; ++round) {
    MemoryDatabase database;
    const auto transaction = database.NewTransaction();
    for (uint64_t i = 0; i < 20; ++i) {
      if (random.OneIn(2)) transaction->Put(Table::kMeta, KeyOfNumber(random.Below(100)), "old");
    }
    ReadAhead ahead(*transaction);
    EXPECT_THAT(ahead.ReadRows(Table::kMeta, {KeyOfNumber(3), KeyOfNumber(1), KeyOfNumber(3)}),
                IsOk());
    EXPECT_THAT(ahead.ReadRange(Table::kMeta, PrefixRange(KeyOfNumber(2))), IsOkAndHolds(true));
    // Too many rows to be known.
    EXPECT_THAT(ahead.ReadRange(Table::kMeta, PrefixRange(KeyOfNumber(5), 2)), IsOk());
    for (int step = 0; step < 50; ++step) {
      const std::string key = KeyOfNumber(random.Below(100));
      if (random.OneIn(2)) ahead.Put(Table::kMeta, key, std::to_string(step));
      if (random.OneIn(3)) ahead.Delete(Table::kMeta, key);
      const std::string other = KeyOfNumber(random.Below(100));
      EXPECT_EQ(*ahead.Get(Table::kMeta, other), *transaction->Get(Table::kMeta, other));
      EXPECT_EQ(*ahead.MultiGet(Table::kMeta, std::vector<std::string>{other, key}),
                *transaction->MultiGet(Table::kMeta, std::vector<std::string>{other, key}));
      KeyRange range = PrefixRange(KeyOfNumber(random.Below(30)), 1 + random.Below(5));
      range.reverse = random.OneIn(2);
      EXPECT_EQ(RowsIn(ahead, range), RowsIn(*transaction, range));
    }
    EXPECT_EQ(ahead.write_count(), transaction->write_count());
    EXPECT_EQ(ahead.write_bytes(), transaction->write_bytes());
  }
}

// It isn't asked twice: what is known is known without the transaction.
TEST(ReadAhead, KnowsWhatItHasRead) {
  MemoryDatabase database;
  const auto transaction = database.NewTransaction();
  ReadAhead ahead(*transaction);
  EXPECT_THAT(ahead.ReadRows(Table::kMeta, {"row"}), IsOk());
  EXPECT_THAT(ahead.ReadRange(Table::kMeta, PrefixRange("range/")), IsOkAndHolds(true));
  transaction->Put(Table::kMeta, "row", "behind its back");
  transaction->Put(Table::kMeta, "range/1", "behind its back");
  EXPECT_EQ(*ahead.Get(Table::kMeta, "row"), std::nullopt);
  EXPECT_EQ(*ahead.Get(Table::kMeta, "range/1"), std::nullopt);
  EXPECT_TRUE(RowsIn(ahead, PrefixRange("range/")).empty());
  EXPECT_EQ(*ahead.Get(Table::kMeta, "range"), std::nullopt);
}

}  // namespace
}  // namespace comptoir::channel
