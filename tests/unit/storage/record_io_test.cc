#include "common/storage/record_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/storage/memory_database.h"
#include "comptoir/storage/v1/recovery.pb.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using storage::v1::AdoptedRecord;
using storage::v1::HighestNumbers;
using ::testing::ElementsAre;

AdoptedRecord Adopted(uint64_t version) {
  AdoptedRecord record;
  record.set_version(version);
  return record;
}

// Nobody commits here: the functions are given a transaction, which is a reader too.
class RecordIoTest : public testing::Test {
 protected:
  RecordIoTest() {
    for (const uint64_t version : {1, 2, 3}) {
      PutRecord(*transaction_, Table::kMeta, "r" + std::to_string(version), Adopted(version));
    }
  }

  // The versions of the records of `range`, in the order in which they were visited.
  absl::StatusOr<std::vector<uint64_t>> VersionsIn(const KeyRange& range) const {
    std::vector<uint64_t> versions;
    COMPTOIR_RETURN_IF_ERROR(ScanRecords<AdoptedRecord>(
        *transaction_, Table::kMeta, range, [&](std::string_view, const AdoptedRecord& record) {
          versions.push_back(record.version());
          return true;
        }));
    return versions;
  }

  MemoryDatabase database_;
  std::unique_ptr<Transaction> transaction_ = database_.NewTransaction();
};

// Two who made the same map in different orders write the same bytes, so that copies compare.
TEST_F(RecordIoTest, EqualMapsAreEqualBytes) {
  HighestNumbers up;
  HighestNumbers down;
  for (int i = 0; i < 100; ++i) {
    (*up.mutable_numbers())[std::to_string(i)] = "n";
    (*down.mutable_numbers())[std::to_string(99 - i)] = "n";
  }
  EXPECT_EQ(SerializeDeterministically(up), SerializeDeterministically(down));
  PutRecord(*transaction_, Table::kMeta, "up", up);
  EXPECT_THAT(transaction_->Get(Table::kMeta, "up"),
              IsOkAndHolds(testing::Optional(SerializeDeterministically(down))));
}

// A record is found in the table in which it was put, and in no other.
TEST_F(RecordIoTest, ARecordIsReadFromItsTable) {
  const auto found = ReadRecord<AdoptedRecord>(*transaction_, Table::kMeta, "r2");
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->version(), 2u);
  const auto elsewhere = ReadRecord<AdoptedRecord>(*transaction_, Table::kRecords, "r2");
  ASSERT_THAT(elsewhere, IsOk());
  EXPECT_FALSE(elsewhere->has_value());
}

// Progress that nobody has made yet is an empty record.
TEST_F(RecordIoTest, NoRecordCanBeAnEmptyOne) {
  const auto found = ReadRecordOrEmpty<AdoptedRecord>(*transaction_, Table::kMeta, "r2");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->version(), 2u);
  const auto missing = ReadRecordOrEmpty<AdoptedRecord>(*transaction_, Table::kMeta, "r4");
  ASSERT_THAT(missing, IsOk());
  EXPECT_EQ(missing->version(), 0u);
}

// Damage is never a record that isn't there: neither to a reader nor in the middle of a scan.
TEST_F(RecordIoTest, WhatDoesNotParseIsCorrupt) {
  transaction_->Put(Table::kMeta, "r2", "\xff\xff\xff");
  const auto read = ReadRecord<AdoptedRecord>(*transaction_, Table::kMeta, "r2");
  EXPECT_THAT(read, HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(read, HasMetadata("type", "comptoir.storage.v1.AdoptedRecord"));
  EXPECT_THAT(ReadRecordOrEmpty<AdoptedRecord>(*transaction_, Table::kMeta, "r2"),
              HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(VersionsIn(PrefixRange("r")), HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(VersionsIn(PrefixRange("r", /*rows_max=*/1)), IsOkAndHolds(ElementsAre(1u)));
}

// A scan is of the range that was asked for, in its order.
TEST_F(RecordIoTest, AScanVisitsItsRange) {
  PutRecord(*transaction_, Table::kMeta, "s", Adopted(9));
  EXPECT_THAT(VersionsIn(PrefixRange("r")), IsOkAndHolds(ElementsAre(1u, 2u, 3u)));
  KeyRange newest = PrefixRange("r", /*rows_max=*/2);
  newest.reverse = true;
  EXPECT_THAT(VersionsIn(newest), IsOkAndHolds(ElementsAre(3u, 2u)));
}

// A visitor that has seen enough ends the scan well, one that fails ends it with its error.
TEST_F(RecordIoTest, AVisitorEndsTheScan) {
  std::vector<std::string> keys;
  EXPECT_THAT(ScanKeys(*transaction_, Table::kMeta, PrefixRange("r"),
                       [&](std::string_view key) {
                         keys.emplace_back(key);
                         return key != "r2";
                       }),
              IsOk());
  EXPECT_THAT(keys, ElementsAre("r1", "r2"));
  keys.clear();
  EXPECT_THAT(ScanKeys(*transaction_, Table::kMeta, PrefixRange("r"),
                       [&](std::string_view key) -> absl::StatusOr<bool> {
                         keys.emplace_back(key);
                         if (key == "r2") return MakeError(Reason::kRecordNotFound, "planted");
                         return true;
                       }),
              HasReason("RECORD_NOT_FOUND"));
  EXPECT_THAT(keys, ElementsAre("r1", "r2"));
}

// The database's own error is not lost behind the visitor.
TEST_F(RecordIoTest, AFailingDatabaseFailsTheScan) {
  database_.set_fault([] { return MakeError(Reason::kStorageFailed, "planted"); });
  EXPECT_THAT(VersionsIn(PrefixRange("r")), HasReason("STORAGE_FAILED"));
  EXPECT_THAT(ReadRecord<AdoptedRecord>(*transaction_, Table::kMeta, "r4"),
              HasReason("STORAGE_FAILED"));
}

}  // namespace
}  // namespace comptoir
