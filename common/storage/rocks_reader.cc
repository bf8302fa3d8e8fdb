#include "common/storage/rocks_reader.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/storage/merged_scan.h"
#include "rocksdb/iterator.h"

namespace comptoir {
namespace {

using rocksdb::PinnableSlice;
using rocksdb::Slice;

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

}  // namespace

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const Reason reason = status.IsCorruption() ? Reason::kStorageCorrupt
                        : status.IsNoSpace()  ? Reason::kDiskFull
                                              : Reason::kStorageFailed;
  return MakeError(reason, "The database failed: " + status.ToString());
}

absl::StatusOr<std::optional<std::string>> RocksReader::Get(Table table,
                                                            std::string_view key) const {
  const auto seen = Seen(table);
  if (table == kTableOfRuns) {
    if (const auto row = FindInRuns(seen->runs, key); row.has_value()) return ToValue(*row);
  }
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
  // The bounds keep the engine from walking over deleted rows beyond them, too.
  const Slice begin = ToSlice(range.begin);
  const Slice end = ToSlice(range.end);
  rocksdb::ReadOptions options = OptionsOf(seen);
  options.iterate_lower_bound = &begin;
  if (!range.end.empty()) options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> row(database_.NewIterator(options, Handle(table)));

  if (range.reverse) {
    row->SeekToLast();
  } else {
    row->Seek(begin);
  }
  for (size_t left = range.rows_max; left > 0 && row->Valid(); --left) {
    if (!visit(ToView(row->key()), ToView(row->value()))) break;
    if (left > 1) range.reverse ? row->Prev() : row->Next();
  }
  return ToStatus(row->status());
}

}  // namespace comptoir
