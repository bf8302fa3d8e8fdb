// The young files of a RocksDatabase (level 0): how many there may be before the engine merges
// them. See tidy.h.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_YOUNG_FILES_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_YOUNG_FILES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/storage/database.h"
#include "common/storage/rocks_reader.h"
#include "rocksdb/db.h"

namespace comptoir {

// Thread-safe.
class RocksYoungFiles {
 public:
  // Borrows all.
  RocksYoungFiles(rocksdb::DB& database, const RocksTables& tables)
      : database_(database), tables_(tables) {}

  // Much is written: from now on many of a table are merged at once. Where the engine refuses that
  // few still are, which costs only time: MergeIfFew tells it.
  void BeginMany();
  // Merges those there are, in the background, if that wasn't called since the last time and there
  // is room for all that may be written anew.
  absl::Status MergeIfFew(uint64_t free_bytes);

  // That could be merged.
  size_t count() const;

 private:
  // The engine writes a file at each change: only that of tables which need it is changed.
  absl::Status Limit(Table table, int files_max);
  size_t Count(Table table) const;
  uint64_t Bytes() const;

  // Constant after construction.
  rocksdb::DB& database_;
  const RocksTables& tables_;

  Mutex mutex_;
  // Guarded by mutex_.
  bool many_ ABSL_GUARDED_BY(mutex_) = false;
  std::array<bool, std::size(kAllTables)> limited_ ABSL_GUARDED_BY(mutex_){};
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_YOUNG_FILES_H_
