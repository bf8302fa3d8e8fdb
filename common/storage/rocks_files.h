// The files of a RocksDatabase: its folder and its column families.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_FILES_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_FILES_H_

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/storage/rocks_database.h"
#include "common/storage/rocks_reader.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"

namespace comptoir {

// Hears that the engine has replaced files of tables or memory by others.
class ReplacedFilesListener : public rocksdb::EventListener {
 public:
  // Null: nobody is told any more, and nobody is being told. Thread-safe.
  void Tell(std::function<void()> replaced);

  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { Replaced(); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    Replaced();
  }

 private:
  void Replaced();

  Mutex mutex_;
  // Guarded by mutex_.
  std::function<void()> replaced_ ABSL_GUARDED_BY(mutex_);
};

struct RocksFiles {
  std::shared_ptr<ReplacedFilesListener> listener = std::make_shared<ReplacedFilesListener>();
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
