// What only the database on RocksDB has: a folder, a lock, files. The rest is in tests/conformance.

#include "common/storage/rocks_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "common/storage/rocks_files.h"
#include "common/storage/rocks_zeroed_log.h"
#include "common/storage/schema.h"
#include "common/storage/tidy.h"
#include "rocksdb/db.h"
#include "tests/support/matchers.h"
#include "tests/support/storage/faulty_env.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

absl::Status Put(Database& database, std::string_view key, std::string_view value) {
  const auto transaction = database.NewTransaction();
  transaction->Put(Table::kRecords, key, value);
  return database.Commit(*transaction);
}

// The operator named a folder whose parents don't exist: they are made.
TEST(RocksDatabaseTest, CreatesItsFolder) {
  TempDir folder;
  const std::string path = folder.File("var/lib/comptoir");
  auto database = OpenRocksDatabase({.path = path});
  ASSERT_THAT(database, IsOk());
  ASSERT_THAT(Put(**database, "key", "value"), IsOk());
  *database = nullptr;
  database = OpenRocksDatabase({.path = path});
  ASSERT_THAT(database, IsOk());
  EXPECT_THAT((*database)->latest().Get(Table::kRecords, "key"),
              IsOkAndHolds(Optional(std::string("value"))));
}

// The service was started twice: the second says so in one clear line, the first goes on.
TEST(RocksDatabaseTest, OneProcessPerFolder) {
  TempDir folder;
  auto first = OpenRocksDatabase({.path = folder.File("db")});
  ASSERT_THAT(first, IsOk());
  const auto second = OpenRocksDatabase({.path = folder.File("db")});
  EXPECT_THAT(second, HasReason("STORAGE_FAILED"));
  EXPECT_EQ(second.status().message(),
            "The database folder " + folder.File("db") + " is in use by another process.");
  EXPECT_THAT(Put(**first, "key", "value"), IsOk());
}

// A folder that cannot be made, or not be written: one clear line with the path.
TEST(RocksDatabaseTest, AnUnwritableFolderIsNamed) {
  TempDir folder;
  std::ofstream(folder.File("file")) << "in the way";
  const auto no_folder = OpenRocksDatabase({.path = folder.File("file/db")});
  EXPECT_THAT(no_folder, HasReason("STORAGE_FAILED"));
  EXPECT_THAT(std::string(no_folder.status().message()),
              AllOf(HasSubstr(folder.File("file/db")), Not(HasSubstr("\n"))));

  FaultyEnv full;
  full.set_free_bytes(0);
  const auto no_space = OpenRocksDatabase({.path = folder.File("db"), .env = &full});
  EXPECT_THAT(no_space, HasReason("STORAGE_FAILED"));
  EXPECT_THAT(std::string(no_space.status().message()),
              AllOf(HasSubstr(folder.File("db")), HasSubstr("No space"), Not(HasSubstr("\n"))));
}

// A newer version added a table: this one opens the database all the same, so that the check of the
// schema version can say what is wrong.
TEST(RocksDatabaseTest, TablesOfANewerVersionAreOpened) {
  TempDir folder;
  const std::string path = folder.File("db");
  { ASSERT_THAT(OpenRocksDatabase({.path = path}), IsOk()); }
  {
    std::vector<rocksdb::ColumnFamilyDescriptor> tables;
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    for (const std::string& name : names) tables.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path, tables, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(database->CreateColumnFamily({}, "Newer", &handle).ok());
    handles.push_back(handle);
    for (auto* each : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(each).ok());
  }
  auto database = OpenRocksDatabase({.path = path});
  ASSERT_THAT(database, IsOk());
  EXPECT_THAT(OpenSchema(**database, "hq-service"), IsOk());
}

// Somebody overwrote a part of the files: the database says that it is corrupt and names its
// folder.
TEST(RocksDatabaseTest, DamageIsNoticed) {
  TempDir folder;
  const std::string path = folder.File("db");
  { ASSERT_THAT(OpenRocksDatabase({.path = path}), IsOk()); }
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    if (file.path().filename().string().starts_with("MANIFEST")) {
      std::ofstream(file.path(), std::ios::in | std::ios::out) << "damaged, all of it";
    }
  }
  const auto database = OpenRocksDatabase({.path = path});
  EXPECT_THAT(database, HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(std::string(database.status().message()), HasSubstr(path));
}

// The real disk tells its free space.
TEST(RocksDatabaseTest, FreeBytesAreTheDisks) {
  TempDir folder;
  auto database = OpenRocksDatabase({.path = folder.File("db")});
  ASSERT_THAT(database, IsOk());
  const auto space = std::filesystem::space(folder.path());
  EXPECT_GT((*database)->FreeBytes(), 0u);
  EXPECT_LE((*database)->FreeBytes(), space.capacity);
}

// Files are merged many at once while they are written, and as few as they are once nobody writes.
TEST(RocksDatabaseTest, FilesAreMergedInCalm) {
  TempDir folder;
  auto opened = OpenRocksDatabase({.path = folder.File("db"), .write_buffer_bytes = 64 << 10});
  ASSERT_THAT(opened, IsOk());
  Database& database = **opened;
  for (int round = 0; round < 2; ++round) {
    for (int commit = 0; UntidyFiles(database) < 3; ++commit) {
      ASSERT_LT(commit, 1000) << "files are merged while they are written";
      const auto transaction = database.NewTransaction();
      transaction->Put(Table::kIndex, "a", std::string(16 << 10, 'x'));
      transaction->Put(Table::kIndex, "z", "");
      ASSERT_THAT(database.Commit(*transaction), IsOk());
    }
    // It isn't calm yet.
    ASSERT_THAT(TidyIfCalm(database), IsOk());
    EXPECT_GE(UntidyFiles(database), 3u);
    while (UntidyFiles(database) > 0) ASSERT_THAT(TidyIfCalm(database), IsOk());
  }
  EXPECT_THAT(database.latest().Get(Table::kIndex, "z"), IsOkAndHolds(Optional(std::string())));
}

// What files have taken leaves the log of the index: else a restart would read ever more.
TEST(RocksDatabaseTest, TheLogOfTheIndexIsShortenedByFiles) {
  TempDir folder;
  constexpr size_t kFileBytes = 64 << 10;
  const RocksOptions options = {.path = folder.File("db"), .write_buffer_bytes = kFileBytes};
  {
    auto database = OpenRocksDatabase(options);
    ASSERT_THAT(database, IsOk());
    for (int commit = 0; commit < 100; ++commit) {
      const auto transaction = (*database)->NewTransaction();
      transaction->Put(Table::kIndex, "key", std::string(kFileBytes / 4, 'x'));
      ASSERT_THAT((*database)->Commit(*transaction), IsOk());
    }
  }
  auto files = OpenRocksFiles(options);
  ASSERT_THAT(files, IsOk());
  size_t bytes = 0;
  {
    const std::unique_ptr<rocksdb::Iterator> row(
        files->database->NewIterator(rocksdb::ReadOptions(), files->index_log));
    for (row->SeekToFirst(); row->Valid(); row->Next()) bytes += row->value().size();
  }
  // One that is being written, one that waits, and what came meanwhile.
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, 5 * kFileBytes);
  for (auto* const family : files->families) files->database->DestroyColumnFamilyHandle(family);
}

// A slow disk makes commits slow, not wrong: a commit returns after its sync.
TEST(RocksDatabaseTest, ACommitWaitsForItsSync) {
  TempDir folder;
  FaultyEnv env;
  auto database = OpenRocksDatabase({.path = folder.File("db"), .env = &env});
  ASSERT_THAT(database, IsOk());
  env.set_sync_delay(absl::Milliseconds(20));
  const absl::Time start = absl::Now();
  EXPECT_THAT(Put(**database, "key", "value"), IsOk());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
}

std::filesystem::path LogOf(const std::string& path) {
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    if (file.path().extension() == ".log") return file.path();
  }
  return {};
}

// A commit writes to where zeros are: the file, whose description the disk would have to write too,
// stays as it is.
TEST(RocksDatabaseTest, ACommitDoesNotLengthenTheLog) {
  TempDir folder;
  auto database = OpenRocksDatabase({.path = folder.File("db")});
  ASSERT_THAT(database, IsOk());
  ASSERT_THAT(Put(**database, "key", "value"), IsOk());
  const auto log = LogOf(folder.File("db"));
  ASSERT_EQ(std::filesystem::file_size(log), kLogZeroedBytes);
  ASSERT_THAT(Put(**database, "another", "value"), IsOk());
  EXPECT_EQ(std::filesystem::file_size(log), kLogZeroedBytes);

  // One that is long by itself takes none; the next begins where it ends.
  ASSERT_THAT(Put(**database, "long", std::string(kLogZeroedBytes, 'x')), IsOk());
  const auto end = std::filesystem::file_size(log);
  EXPECT_LT(end, 2 * kLogZeroedBytes);
  ASSERT_THAT(Put(**database, "third", "value"), IsOk());
  EXPECT_EQ(std::filesystem::file_size(log), end + kLogZeroedBytes);
}

// The process is killed: its log ends in zeros, which are no records.
TEST(RocksDatabaseTest, ZerosAtTheEndOfALogAreNothing) {
  TempDir folder;
  auto database = OpenRocksDatabase({.path = folder.File("db")});
  ASSERT_THAT(database, IsOk());
  // Over several blocks of the log, and some more zeros.
  constexpr int kRows = 100;
  const std::string value(5'000, 'x');
  for (int row = 0; row < kRows; ++row) {
    ASSERT_THAT(Put(**database, std::to_string(row), value), IsOk());
  }
  std::filesystem::copy(folder.File("db"), folder.File("killed"));
  const auto killed = OpenRocksDatabase({.path = folder.File("killed")});
  ASSERT_THAT(killed, IsOk());
  for (int row = 0; row < kRows; ++row) {
    EXPECT_THAT((*killed)->latest().Get(Table::kRecords, std::to_string(row)),
                IsOkAndHolds(Optional(value)));
  }
}

// Whoever closes a log cuts its zeros off.
TEST(RocksDatabaseTest, AClosedLogEndsWithItsRecords) {
  TempDir folder;
  {
    auto database = OpenRocksDatabase({.path = folder.File("db")});
    ASSERT_THAT(database, IsOk());
    ASSERT_THAT(Put(**database, "key", "value"), IsOk());
  }
  EXPECT_LT(std::filesystem::file_size(LogOf(folder.File("db"))), 1'000u);
}

}  // namespace
}  // namespace comptoir
