// What only the database in memory has: backups, forgotten syncs, faults. The rest is in
// tests/conformance.

#include "common/storage/memory_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

class MemoryDatabaseTest : public testing::Test {
 protected:
  void Put(std::string_view key, std::string_view value) {
    const auto transaction = database_.NewTransaction();
    transaction->Put(Table::kRecords, key, value);
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  }

  void PutUnsynced(std::string_view key, std::string_view value) {
    const auto transaction = database_.NewTransaction();
    transaction->Put(Table::kRecords, key, value);
    ASSERT_THAT(database_.CommitUnsynced(*transaction), IsOk());
  }

  std::optional<std::string> Get(std::string_view key) {
    auto value = database_.latest().Get(Table::kRecords, key);
    EXPECT_THAT(value, IsOk());
    return value.ok() ? *value : std::nullopt;
  }

  MemoryDatabase database_;
};

// Unsynced commits are visible and go with the power; what was synced stays.
TEST_F(MemoryDatabaseTest, LossOfPowerTakesWhatWasNotSynced) {
  Put("kept", "1");
  Put("changed", "1");
  PutUnsynced("changed", "2");
  PutUnsynced("changed", "3");
  PutUnsynced("new", "1");
  const auto transaction = database_.NewTransaction();
  transaction->Delete(Table::kRecords, "kept");
  ASSERT_THAT(database_.CommitUnsynced(*transaction), IsOk());
  EXPECT_THAT(Get("changed"), Optional(std::string("3")));
  EXPECT_EQ(Get("kept"), std::nullopt);

  database_.LosePower();
  EXPECT_THAT(database_.Copy(), ElementsAre(Pair(Pair(Table::kRecords, "changed"), "1"),
                                            Pair(Pair(Table::kRecords, "kept"), "1")));
}

// A synced commit syncs what came before it: there is one log.
TEST_F(MemoryDatabaseTest, ACommitSyncsEarlierOnes) {
  PutUnsynced("first", "1");
  Put("second", "1");
  database_.LosePower();
  EXPECT_THAT(Get("first"), Optional(std::string("1")));
  EXPECT_THAT(Get("second"), Optional(std::string("1")));
}

// A reader that was open goes on seeing its state through loss of power and restore.
TEST_F(MemoryDatabaseTest, OpenReadersKeepWhatTheySee) {
  Put("key", "1");
  PutUnsynced("key", "2");
  const auto reader = database_.NewReader();
  database_.LosePower();
  database_.Restore({});
  EXPECT_THAT(reader->Get(Table::kRecords, "key"), IsOkAndHolds(Optional(std::string("2"))));
  EXPECT_EQ(Get("key"), std::nullopt);
}

// A restore puts back the backup and nothing else.
TEST_F(MemoryDatabaseTest, RestoreReplacesEverything) {
  Put("common", "old");
  Put("deleted later", "old");
  const auto backup = database_.Copy();
  Put("common", "new");
  Put("newer", "new");
  const auto transaction = database_.NewTransaction();
  transaction->Delete(Table::kRecords, "deleted later");
  transaction->Put(Table::kIndex, "other table", "new");
  ASSERT_THAT(database_.Commit(*transaction), IsOk());

  database_.Restore(backup);
  EXPECT_EQ(database_.Copy(), backup);
  database_.LosePower();
  EXPECT_EQ(database_.Copy(), backup);
}

// Every read and commit fails with the planted error, as long as it is planted.
TEST_F(MemoryDatabaseTest, FaultsHitEveryReadAndCommit) {
  Put("key", "1");
  int calls = 0;
  database_.set_fault([&calls] {
    ++calls;
    return MakeError(Reason::kStorageFailed, "planted");
  });
  const auto transaction = database_.NewTransaction();
  transaction->Put(Table::kRecords, "written", "2");
  for (const Reader* reader :
       std::initializer_list<const Reader*>{&database_.latest(), transaction.get()}) {
    EXPECT_THAT(reader->Get(Table::kRecords, "key"), HasReason("STORAGE_FAILED"));
    EXPECT_THAT(reader->MultiGet(Table::kRecords, {}), HasReason("STORAGE_FAILED"));
    EXPECT_THAT(reader->Scan(Table::kRecords, {}, [](auto, auto) { return true; }),
                HasReason("STORAGE_FAILED"));
  }
  EXPECT_THAT(database_.Commit(*transaction), HasReason("STORAGE_FAILED"));
  EXPECT_EQ(calls, 7);

  database_.set_fault(nullptr);
  EXPECT_THAT(Get("key"), Optional(std::string("1")));
  EXPECT_EQ(transaction->write_count(), 1u);
  EXPECT_THAT(database_.Commit(*transaction), IsOk());
  EXPECT_THAT(Get("written"), Optional(std::string("2")));
}

// A commit that doesn't fit fails as a whole.
TEST_F(MemoryDatabaseTest, ACommitMustFit) {
  EXPECT_GT(database_.FreeBytes(), uint64_t{1} << 60);
  database_.set_free_bytes(5);
  EXPECT_EQ(database_.FreeBytes(), 5u);
  const auto transaction = database_.NewTransaction();
  transaction->Put(Table::kRecords, "key", "value");
  EXPECT_THAT(database_.Commit(*transaction), HasReason("DISK_FULL"));
  EXPECT_THAT(database_.Copy(), IsEmpty());
}

}  // namespace
}  // namespace comptoir
