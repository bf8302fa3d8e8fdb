#include "common/storage/schema.h"

#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/memory_database.h"
#include "common/storage/meta_keys.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

void Put(Database& database, Table table, std::string_view key, std::string_view value) {
  const auto transaction = database.NewTransaction();
  transaction->Put(table, key, value);
  ASSERT_THAT(database.Commit(*transaction), IsOk());
}

void PutSchema(Database& database, uint32_t version, std::string_view owner) {
  Put(database, Table::kMeta, meta_keys::kSchema, KeyWriter().Fixed32(version).Rest(owner).key());
}

// The first start writes the version, durably; later ones find it.
TEST(SchemaTest, AnEmptyDatabaseGetsTheVersion) {
  MemoryDatabase database;
  ASSERT_THAT(OpenSchema(database, "hq-service"), IsOk());
  database.LosePower();
  EXPECT_EQ(database.Copy().size(), 1u);
  EXPECT_THAT(OpenSchema(database, "hq-service"), IsOk());
}

// Somebody rolled back to an older program: it refuses with one clear line instead of misreading.
TEST(SchemaTest, ANewerVersionIsRefused) {
  MemoryDatabase database;
  PutSchema(database, kSchemaVersion + 1, "hq-service");
  const absl::Status status = OpenSchema(database, "hq-service");
  EXPECT_THAT(status, HasReason("SCHEMA_TOO_NEW"));
  EXPECT_EQ(
      status.message(),
      "The database has schema version 3; this program knows up to 2: run the newer program.");
}

// After an upgrade the older program is refused: it would read half of the index.
TEST(SchemaTest, AnOlderVersionBecomesThis) {
  MemoryDatabase database;
  PutSchema(database, kSchemaVersion - 1, "hq-service");
  ASSERT_THAT(OpenSchema(database, "hq-service"), IsOk());
  MemoryDatabase fresh;
  ASSERT_THAT(OpenSchema(fresh, "hq-service"), IsOk());
  EXPECT_EQ(database.Copy(), fresh.Copy());
}

// A channel service was pointed at HQ's folder: both owners are named.
TEST(SchemaTest, TheOtherServicesDatabaseIsRefused) {
  MemoryDatabase database;
  ASSERT_THAT(OpenSchema(database, "hq-service"), IsOk());
  const absl::Status status = OpenSchema(database, "channel-service");
  EXPECT_THAT(status, HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(status, HasMetadata("owner", "hq-service"));
  EXPECT_EQ(
      status.message(),
      "The database belongs to hq-service, not to channel-service: another folder was meant.");
}

// Content without a version isn't ours, and an unreadable version is damage.
TEST(SchemaTest, WhatCannotBeReadIsRefused) {
  MemoryDatabase strange;
  Put(strange, Table::kCursors, "key", "value");
  EXPECT_THAT(OpenSchema(strange, "hq-service"), HasReason("STORAGE_CORRUPT"));
  MemoryDatabase damaged;
  Put(damaged, Table::kMeta, meta_keys::kSchema, "1");
  EXPECT_THAT(OpenSchema(damaged, "hq-service"), HasReason("STORAGE_CORRUPT"));
  MemoryDatabase zero;
  PutSchema(zero, 0, "hq-service");
  EXPECT_THAT(OpenSchema(zero, "hq-service"), HasReason("STORAGE_CORRUPT"));
}

// A database that fails is not taken for an empty one.
TEST(SchemaTest, AFailingDatabaseIsNotEmpty) {
  MemoryDatabase database;
  database.set_fault([] { return MakeError(Reason::kStorageFailed, "planted"); });
  EXPECT_THAT(OpenSchema(database, "hq-service"), HasReason("STORAGE_FAILED"));
  database.set_fault(nullptr);
  EXPECT_TRUE(database.Copy().empty());
}

}  // namespace
}  // namespace comptoir
