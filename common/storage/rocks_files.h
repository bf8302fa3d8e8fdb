// The files of a RocksDatabase: its folder and its column families.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_FILES_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_FILES_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/rocks_database.h"
#include "common/storage/rocks_reader.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"

namespace comptoir {

struct RocksFiles {
  // How the database sees the disk.
  std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<rocksdb::DB> database;
  // Of all column families there are, ours among them.
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  RocksTables tables{};
  // Beside table kIndex, see rocks_index_table.h.
  rocksdb::ColumnFamilyHandle* index_log = nullptr;
};

// Creates what is missing. Errors as of OpenRocksDatabase.
absl::StatusOr<RocksFiles> OpenRocksFiles(const RocksOptions& options);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_FILES_H_
