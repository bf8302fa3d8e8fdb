#include "common/storage/rocks_reader.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/storage/merged_scan.h"
#include "rocksdb/iterator.h"
#include "rocksdb/perf_level.h"

namespace comptoir {
namespace {

using rocksdb::PinnableSlice;
using rocksdb::Slice;

// Of this thread: at each comparison of keys the engine counts it, and nobody reads that.
void CountNothing() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }

// Nothing where a row wasn't found.
absl::StatusOr<std::optional<std::string>> ToValue(const rocksdb::Status& status,
                                                   const PinnableSlice& value) {
  if (status.IsNotFound()) return std::nullopt;
  COMPTOIR_RETURN_IF_ERROR(ToStatus(status));
  return value.ToString();
}

std::optional<std::string> ToValue(const WrittenRow& row) {
  if (row.deleted) return std::nullopt;
  return std::string(row.value);
}

// Visits the rows on which `row` comes to stand.
absl::Status VisitRows(rocksdb::Iterator& row, const KeyRange& range, VisitRow visit) {
  for (size_t left = range.rows_max; left > 0 && row.Valid(); --left) {
    if (!visit(ToView(row.key()), ToView(row.value()))) break;
    if (left > 1) range.reverse ? row.Prev() : row.Next();
  }
  return ToStatus(row.status());
}

// With an iterator of its own: backwards, to the end of the table, or past the cache.
absl::Status ScanOnce(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* table,
                      rocksdb::ReadOptions options, const KeyRange& range, VisitRow visit) {
  // The bounds keep the engine from walking over deleted rows beyond them, too.
  const Slice begin = ToSlice(range.begin);
  const Slice end = ToSlice(range.end);
  options.iterate_lower_bound = &begin;
  if (!range.end.empty()) options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> row(database.NewIterator(options, table));
  if (range.reverse) {
    row->SeekToLast();
  } else {
    row->Seek(begin);
  }
  return VisitRows(*row, range, visit);
}

// Of what `seen` sees; null: of the last commit.
rocksdb::ReadOptions OptionsFor(const RocksSnapshot* seen) {
  rocksdb::ReadOptions options;
  options.snapshot = seen == nullptr ? nullptr : seen->get();
  // Of table kIndex: files without the one value that a scan is about are passed over, and there is
  // no difference else.
  options.auto_prefix_mode = true;
  return options;
}

rocksdb::ReadOptions OptionsUpTo(const Slice& end, const RocksSnapshot* seen) {
  rocksdb::ReadOptions options = OptionsFor(seen);
  options.iterate_upper_bound = &end;
  return options;
}

}  // namespace

FilesScanner::FilesScanner(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* table,
                           const RocksSnapshot* seen)
    : row_(database.NewIterator(OptionsUpTo(end_slice_, seen), table)) {}

absl::Status FilesScanner::Scan(const KeyRange& range, VisitRow visit) {
  end_ = range.end;
  end_slice_ = end_;
  row_->Seek(ToSlice(range.begin));
  return VisitRows(*row_, range, visit);
}

RocksSnapshot::~RocksSnapshot() {
  DropScanners();
  database_.ReleaseSnapshot(snapshot_);
}

absl::Status RocksSnapshot::Scan(Table table, const KeyRange& range, VisitRow visit) const {
  Scanner scanner = TakeScanner(table);
  const absl::Status status = scanner.scanner->Scan(range, visit);
  GiveBack(table, std::move(scanner));
  return status;
}

RocksSnapshot::Scanner RocksSnapshot::TakeScanner(Table table) const {
  uint64_t drops = 0;
  {
    MutexLock lock(mutex_);
    std::vector<Scanner>& free = free_[static_cast<size_t>(table)];
    if (!free.empty()) {
      Scanner scanner = std::move(free.back());
      free.pop_back();
      return scanner;
    }
    drops = drops_;
  }
  return {.drops = drops,
          .scanner =
              std::make_unique<FilesScanner>(database_, tables_[static_cast<size_t>(table)], this)};
}

void RocksSnapshot::GiveBack(Table table, Scanner scanner) const {
  MutexLock lock(mutex_);
  std::vector<Scanner>& free = free_[static_cast<size_t>(table)];
  if (scanner.drops == drops_ && free.size() < kFreeScannersMax) free.push_back(std::move(scanner));
}

void RocksSnapshot::DropScanners() const {
  Scanners dropped;
  MutexLock lock(mutex_);
  ++drops_;
  dropped.swap(free_);
}

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const Reason reason = status.IsCorruption() ? Reason::kStorageCorrupt
                        : status.IsNoSpace()  ? Reason::kDiskFull
                                              : Reason::kStorageFailed;
  return MakeError(reason, "The database failed: " + status.ToString());
}

rocksdb::ReadOptions RocksReader::OptionsOf(const RocksSnapshot* seen) const {
  rocksdb::ReadOptions options = OptionsFor(seen);
  options.fill_cache = fill_cache_ == FillCache::kYes;
  return options;
}

absl::StatusOr<std::optional<std::string>> RocksReader::Get(Table table,
                                                            std::string_view key) const {
  const auto seen = Seen(table);
  if (table == kTableOfRuns) {
    if (const auto row = FindInRuns(seen->runs, key); row.has_value()) return ToValue(*row);
  }
  CountNothing();
  PinnableSlice value;
  const auto status = database_.Get(OptionsOf(seen.get()), Handle(table), ToSlice(key), &value);
  return ToValue(status, value);
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksReader::MultiGet(
    Table table, absl::Span<const std::string> keys) const {
  const auto seen = Seen(table);
  const std::vector<Slice> slices(keys.begin(), keys.end());
  std::vector<PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  CountNothing();
  database_.MultiGet(OptionsOf(seen.get()), Handle(table), slices.size(), slices.data(),
                     values.data(), statuses.data(), std::is_sorted(keys.begin(), keys.end()));
  std::vector<std::optional<std::string>> result(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    COMPTOIR_ASSIGN_OR_RETURN(result[i], ToValue(statuses[i], values[i]));
    if (table != kTableOfRuns) continue;
    const auto row = FindInRuns(seen->runs, keys[i]);
    if (row.has_value()) result[i] = ToValue(*row);
  }
  return result;
}

absl::Status RocksReader::Scan(
    Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  const auto seen = Seen(table);
  if (table != kTableOfRuns) return ScanFiles(seen.get(), table, range, visit);
  const auto files = [&](const KeyRange& rows, VisitRow visit_row) {
    return ScanFiles(seen.get(), table, rows, visit_row);
  };
  return ScanMerged(RunsCursor(seen->runs, range), files, range, visit);
}

absl::Status RocksReader::ScanFiles(
    const RocksSnapshot* seen, Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  if (range.rows_max == 0 || (!range.end.empty() && range.end <= range.begin)) {
    return absl::OkStatus();
  }
  CountNothing();
  if (range.reverse || range.end.empty() || fill_cache_ == FillCache::kNo) {
    return ScanOnce(database_, Handle(table), OptionsOf(seen), range, visit);
  }
  if (seen == nullptr) return FilesScanner(database_, Handle(table), seen).Scan(range, visit);
  return seen->Scan(table, range, visit);
}

}  // namespace comptoir
