// Table kIndex of a RocksDatabase. A customer has more rows there than anywhere else, and nobody
// waits for them to be in order on disk: so a commit's rows are one row of a log beside the table,
// durable with the commit, and a sorted run in memory. Many runs at once become one sorted file,
// which the engine takes in as it is. The engine's own memory, which looks for the place of every
// single row, took a third of what a create costs.
//
//   column family "IndexLog": number of the commit (big-endian) → SortedRun::encoded

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_INDEX_TABLE_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_INDEX_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/storage/overlay_transaction.h"
#include "common/storage/sorted_run.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace comptoir {

// Not thread-safe, except for WriteFile.
class RocksIndexTable {
 public:
  // Borrows all. `folder` is the database's.
  RocksIndexTable(rocksdb::DB& database, rocksdb::ColumnFamilyHandle& table,
                  rocksdb::ColumnFamilyHandle& log, rocksdb::Env& env, const std::string& folder)
      : database_(database), table_(table), log_(log), env_(env), new_file_(folder + kNewFile) {}

  // Reads the log, once, before all else.
  absl::Status Open();

  // Puts what a transaction wrote into `batch`, as a row of the log; null if that is nothing. Once
  // the batch is written the run is to be added.
  std::shared_ptr<const SortedRun> Log(const OverlayTransaction::TableWrites& writes,
                                       rocksdb::WriteBatch& batch);
  void Add(std::shared_ptr<const SortedRun> run);

  // What isn't in files yet, or was written there a moment ago.
  SortedRuns Runs() const;
  // Of those that nobody has begun to write.
  size_t bytes_in_memory() const { return bytes_; }

  // What is to become a file next. REQUIRES: what was frozen before is dropped.
  struct Frozen {
    SortedRuns runs;
    uint64_t last_in_log = 0;
  };
  Frozen Freeze();
  // Makes the file, which takes a while. Beside all else, on any thread; it commits nothing.
  absl::Status WriteFile(const Frozen& frozen) const;
  // After that.
  void DropFrozen(const Frozen& frozen);
  // Then, with any commit: what files have leaves the log. A crash before leaves rows in the log
  // that say what a file says, no harm.
  void ShortenLog(rocksdb::WriteBatch& batch);

 private:
  absl::Status RemoveNewFile() const;

  rocksdb::DB& database_;
  rocksdb::ColumnFamilyHandle& table_;
  rocksdb::ColumnFamilyHandle& log_;
  rocksdb::Env& env_;
  const std::string new_file_;

  static constexpr char kNewFile[] = "/index-rows.tmp";

  SortedRuns frozen_;
  SortedRuns fresh_;
  size_t bytes_ = 0;
  uint64_t last_in_log_ = 0;
  // Up to which row files have what the log has; 0 if the log has no such rows.
  uint64_t filed_in_log_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_INDEX_TABLE_H_
