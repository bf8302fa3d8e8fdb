#include <rocksdb/db.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/floors/floors.h"
#include "common/base/check.h"

namespace comptoir::bench {
namespace {

// Counts the keys of batches from a number on. RocksDB numbers them one by one.
class Counter : public rocksdb::WriteBatch::Handler {
 public:
  explicit Counter(rocksdb::SequenceNumber after) : after_(after) {}

  void Begin(rocksdb::SequenceNumber first) { next_ = first; }

  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    return Count(key.size() + value.size());
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice& key) override {
    return Count(key.size());
  }
  rocksdb::Status SingleDeleteCF(uint32_t, const rocksdb::Slice& key) override {
    return Count(key.size());
  }
  rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice& begin,
                                const rocksdb::Slice& end) override {
    return Count(begin.size() + end.size());
  }
  rocksdb::Status MergeCF(uint32_t, const rocksdb::Slice& key,
                          const rocksdb::Slice& value) override {
    return Count(key.size() + value.size());
  }

  uint64_t keys() const { return keys_; }
  uint64_t bytes() const { return bytes_; }

 private:
  rocksdb::Status Count(size_t bytes) {
    if (next_++ > after_) {
      ++keys_;
      bytes_ += bytes;
    }
    return rocksdb::Status::OK();
  }

  // Constant after construction.
  const rocksdb::SequenceNumber after_;

  rocksdb::SequenceNumber next_ = 0;
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

  Counter counter(after);
  std::unique_ptr<rocksdb::TransactionLogIterator> log;
  COMPTOIR_CHECK(database->GetUpdatesSince(0, &log).ok()) << "no log in " << data;
  for (; log->Valid(); log->Next()) {
    rocksdb::BatchResult batch = log->GetBatch();
    counter.Begin(batch.sequence);
    COMPTOIR_CHECK(batch.writeBatchPtr->Iterate(&counter).ok());
  }
  std::cout << nlohmann::ordered_json({{"last_sequence", database->GetLatestSequenceNumber()},
                                       {"logged_keys", counter.keys()},
                                       {"logged_bytes", counter.bytes()}})
                   .dump()
            << "\n";
  for (auto* handle : handles) database->DestroyColumnFamilyHandle(handle);
  return 0;
}

}  // namespace comptoir::bench
