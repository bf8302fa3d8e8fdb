#include <rocksdb/db.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <cstring>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/floors/floors.h"
#include "common/base/check.h"

namespace comptoir::bench {
namespace {

// The product logs what a commit wrote to its index as one row of this column family, and writes
// the rows in it to the index later. Here they count as the keys that they are.
constexpr char kIndexLog[] = "IndexLog";
// In it, row after row: bytes of the key, bytes of the value (kDeleted: none), key, value.
constexpr uint32_t kDeleted = std::numeric_limits<uint32_t>::max();

// Counts the keys of batches from a number on. RocksDB numbers what it writes one by one.
class Counter : public rocksdb::WriteBatch::Handler {
 public:
  // `index_log`: number of that column family, if there is one.
  Counter(rocksdb::SequenceNumber after, std::optional<uint32_t> index_log)
      : after_(after), index_log_(index_log) {}

  void Begin(rocksdb::SequenceNumber first) { next_ = first; }

  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (!IsCounted()) return rocksdb::Status::OK();
    if (family == index_log_) {
      CountRows(value);
    } else {
      Count(key.size() + value.size());
    }
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice& key) override {
    if (IsCounted()) Count(key.size());
    return rocksdb::Status::OK();
  }
  rocksdb::Status SingleDeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    return DeleteCF(family, key);
  }
  rocksdb::Status DeleteRangeCF(uint32_t family, const rocksdb::Slice& begin,
                                const rocksdb::Slice&) override {
    return DeleteCF(family, begin);
  }

  // What RocksDB numbered.
  uint64_t writes() const { return writes_; }
  uint64_t keys() const { return keys_; }
  uint64_t bytes() const { return bytes_; }

 private:
  bool IsCounted() {
    if (next_++ <= after_) return false;
    ++writes_;
    return true;
  }
  void Count(size_t bytes) {
    ++keys_;
    bytes_ += bytes;
  }
  void CountRows(const rocksdb::Slice& rows) {
    uint32_t sizes[2];
    for (size_t at = 0; at < rows.size();) {
      COMPTOIR_CHECK(rows.size() - at >= sizeof(sizes)) << "a row of the index cannot be read";
      std::memcpy(sizes, rows.data() + at, sizeof(sizes));
      const size_t bytes = size_t{sizes[0]} + (sizes[1] == kDeleted ? 0 : sizes[1]);
      Count(bytes);
      at += sizeof(sizes) + bytes;
    }
  }

  // Constant after construction.
  const rocksdb::SequenceNumber after_;
  const std::optional<uint32_t> index_log_;

  rocksdb::SequenceNumber next_ = 0;
  uint64_t writes_ = 0;
  uint64_t keys_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

int CountWrites(const std::string& data, uint64_t after) {
  rocksdb::Options options;
  // Else opening would write the log's rows to tables, and remove it.
  options.avoid_flush_during_recovery = true;
  options.avoid_flush_during_shutdown = true;
  options.WAL_ttl_seconds = 3600;
  std::vector<std::string> names;
  COMPTOIR_CHECK(rocksdb::DB::ListColumnFamilies(options, data, &names).ok())
      << "no database in " << data;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(options, data, families, &handles, &opened);
  COMPTOIR_CHECK(status.ok()) << status.ToString();
  const std::unique_ptr<rocksdb::DB> database(opened);

  std::optional<uint32_t> index_log;
  for (const auto* handle : handles) {
    if (handle->GetName() == kIndexLog) index_log = handle->GetID();
  }
  Counter counter(after, index_log);
  std::unique_ptr<rocksdb::TransactionLogIterator> log;
  COMPTOIR_CHECK(database->GetUpdatesSince(0, &log).ok()) << "no log in " << data;
  for (; log->Valid(); log->Next()) {
    rocksdb::BatchResult batch = log->GetBatch();
    counter.Begin(batch.sequence);
    COMPTOIR_CHECK(batch.writeBatchPtr->Iterate(&counter).ok());
  }
  std::cout << nlohmann::ordered_json({{"last_sequence", database->GetLatestSequenceNumber()},
                                       {"logged_writes", counter.writes()},
                                       {"keys", counter.keys()},
                                       {"bytes", counter.bytes()}})
                   .dump()
            << "\n";
  for (auto* handle : handles) database->DestroyColumnFamilyHandle(handle);
  return 0;
}

}  // namespace comptoir::bench
