#ifndef COMPTOIR_BENCH_FLOORS_ROCKS_H_
#define COMPTOIR_BENCH_FLOORS_ROCKS_H_

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "common/base/check.h"

namespace comptoir::bench {

// Opens a database as RocksDB does by itself; makes it if there is none.
inline std::unique_ptr<rocksdb::DB> OpenBareDatabase(const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &database);
  COMPTOIR_CHECK(status.ok()) << status.ToString();
  return std::unique_ptr<rocksdb::DB>(database);
}

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_FLOORS_ROCKS_H_
