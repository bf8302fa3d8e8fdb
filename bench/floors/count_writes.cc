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

class Counter : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
    ++puts;
    bytes += key.size() + value.size();
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice& key) override {
    ++deletes;
    bytes += key.size();
    return rocksdb::Status::OK();
  }
  rocksdb::Status SingleDeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    return DeleteCF(family, key);
  }
  rocksdb::Status DeleteRangeCF(uint32_t family, const rocksdb::Slice& begin,
                                const rocksdb::Slice&) override {
    return DeleteCF(family, begin);
  }

  uint64_t puts = 0;
  uint64_t deletes = 0;
  uint64_t bytes = 0;
};

}  // namespace

int CountWrites(const std::string& data) {
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

  Counter counter;
  uint64_t batches = 0;
  rocksdb::SequenceNumber first = 0;
  std::unique_ptr<rocksdb::TransactionLogIterator> log;
  COMPTOIR_CHECK(database->GetUpdatesSince(0, &log).ok()) << "no log in " << data;
  for (; log->Valid(); log->Next()) {
    rocksdb::BatchResult batch = log->GetBatch();
    if (batches++ == 0) first = batch.sequence;
    COMPTOIR_CHECK(batch.writeBatchPtr->Iterate(&counter).ok());
  }
  std::cout << nlohmann::ordered_json({{"batches", batches},
                                       {"first_sequence", first},
                                       {"puts", counter.puts},
                                       {"deletes", counter.deletes},
                                       {"bytes", counter.bytes}})
                   .dump()
            << "\n";
  for (auto* handle : handles) database->DestroyColumnFamilyHandle(handle);
  return 0;
}

}  // namespace comptoir::bench
