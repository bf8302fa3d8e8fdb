// Reading a RocksDatabase. For its files only.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_READER_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/storage/database.h"
#include "common/storage/sorted_run.h"
#include "rocksdb/db.h"

namespace comptoir {

// By Table.
using RocksTables = std::array<rocksdb::ColumnFamilyHandle*, std::size(kAllTables)>;

// The table whose rows are in memory before they are in sorted files, see rocks_index_table.h.
inline constexpr Table kTableOfRuns = Table::kIndex;

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The engine's text names files and sizes, never keys or values.
absl::Status ToStatus(const rocksdb::Status& status);

class RocksSnapshot;

// Scans one range of a table's files after another, forwards: to make an iterator of the engine's
// costs as much as to seek with it a few times. Not thread-safe.
class FilesScanner {
 public:
  // Borrows all. A null `seen`: what is committed now.
  FilesScanner(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* table,
               const RocksSnapshot* seen);

  absl::Status Scan(const KeyRange& range,
                    absl::FunctionRef<bool(std::string_view, std::string_view)> visit);

 private:
  // Where the iterator ends, which looks there anew at each seek: it walks over nothing beyond, be
  // it deleted.
  std::string end_;
  rocksdb::Slice end_slice_;
  const std::unique_ptr<rocksdb::Iterator> row_;
};

// What was committed up to some commit: the engine's snapshot, and the runs that belong to it.
class RocksSnapshot {
 public:
  RocksSnapshot(rocksdb::DB& database, const RocksTables& tables, SortedRuns runs)
      : runs(std::move(runs)),
        database_(database),
        tables_(tables),
        snapshot_(database.GetSnapshot()) {}
  ~RocksSnapshot();
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  const SortedRuns runs;
  const rocksdb::Snapshot* get() const { return snapshot_; }

  // Scans the table's files, with a scanner that was used before, if one is free. Thread-safe.
  absl::Status Scan(Table table, const KeyRange& range,
                    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const;
  // Scanners keep files that the engine has replaced: makes new ones from now on. Thread-safe.
  void DropScanners() const;

 private:
  struct Scanner {
    // How often scanners were dropped before it was made.
    uint64_t drops;
    std::unique_ptr<FilesScanner> scanner;
  };
  using Scanners = std::array<std::vector<Scanner>, std::size(kAllTables)>;

  // Of those that nobody uses, of each table; others scan at the same time with others.
  static constexpr size_t kFreeScannersMax = 4;

  Scanner TakeScanner(Table table) const;
  void GiveBack(Table table, Scanner scanner) const;

  // Constant after construction.
  rocksdb::DB& database_;
  const RocksTables& tables_;
  const rocksdb::Snapshot* const snapshot_;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  mutable uint64_t drops_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable Scanners free_ ABSL_GUARDED_BY(mutex_);
};

// The snapshot of the last commit, which the committing thread replaces.
class LastSnapshot {
 public:
  std::shared_ptr<const RocksSnapshot> get() const {
    MutexLock lock(mutex_);
    return snapshot_;
  }
  // Those before live as long as somebody reads them.
  void Set(std::shared_ptr<const RocksSnapshot> snapshot) {
    MutexLock lock(mutex_);
    snapshot_.swap(snapshot);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const RocksSnapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
};

// Whether blocks that are read stay in the engine's cache.
enum class FillCache : bool { kNo, kYes };

// Reads one snapshot, or at each call what was committed last.
class RocksReader : public Reader {
 public:
  // Borrows all; a null `snapshot`: always the last one.
  RocksReader(rocksdb::DB& database, const RocksTables& tables, const LastSnapshot& last,
              std::shared_ptr<const RocksSnapshot> snapshot, FillCache fill_cache = FillCache::kYes)
      : database_(database),
        tables_(tables),
        last_(last),
        snapshot_(std::move(snapshot)),
        fill_cache_(fill_cache) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override;
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override;

 private:
  // Of the table of runs memory and files are to agree, so a snapshot is read there always.
  std::shared_ptr<const RocksSnapshot> Seen(Table table) const {
    return snapshot_ == nullptr && table == kTableOfRuns ? last_.get() : snapshot_;
  }
  rocksdb::ColumnFamilyHandle* Handle(Table table) const {
    return tables_[static_cast<size_t>(table)];
  }
  rocksdb::ReadOptions OptionsOf(const RocksSnapshot* seen) const;
  absl::Status ScanFiles(const RocksSnapshot* seen, Table table, const KeyRange& range,
                         absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const;

  rocksdb::DB& database_;
  const RocksTables& tables_;
  const LastSnapshot& last_;
  const std::shared_ptr<const RocksSnapshot> snapshot_;
  const FillCache fill_cache_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_READER_H_
