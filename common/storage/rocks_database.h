// Database on RocksDB: tables are column families, what a transaction wrote is committed
// by one synced write.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_DATABASE_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_DATABASE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace comptoir {

struct RocksOptions {
  // Folder, created if missing.
  std::string path;
  // What was read from disk: blocks of rows, indexes and filters.
  size_t block_cache_bytes = 64 << 20;
  // What was written but isn't in sorted files yet, of all tables together; rows of the index,
  // which have a memory of their own, take half as much again, twice that where the disk is slow.
  // The log on disk is at most a few times as long: it is what a restart reads.
  size_t write_buffer_bytes = 64 << 20;
  // Replaces the operating system's files, for tests: full disks, slow disks, loss of power.
  // Borrowed; null: the default.
  rocksdb::Env* env = nullptr;
};

// Thread-safe except for Commit, which is for one caller at a time. Readers and transactions must
// not outlive it. STORAGE_FAILED if the folder is in use or cannot be written, STORAGE_CORRUPT if
// what is there cannot be read.
absl::StatusOr<std::unique_ptr<Database>> OpenRocksDatabase(const RocksOptions& options);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_DATABASE_H_
