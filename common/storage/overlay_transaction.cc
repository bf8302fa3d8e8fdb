#include "common/storage/overlay_transaction.h"

#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/range_cursor.h"

namespace comptoir {

absl::StatusOr<std::optional<std::string>> OverlayTransaction::Get(Table table,
                                                                   std::string_view key) const {
  const auto own = Own(table).find(key);
  if (own != Own(table).end()) return own->second;
  return base_.Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> OverlayTransaction::MultiGet(
    Table table, absl::Span<const std::string> keys) const {
  COMPTOIR_ASSIGN_OR_RETURN(auto values, base_.MultiGet(table, keys));
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto own = Own(table).find(keys[i]);
    if (own != Own(table).end()) values[i] = own->second;
  }
  return values;
}

absl::Status OverlayTransaction::Scan(
    Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  if (range.rows_max == 0) return absl::OkStatus();
  ++scans_;
  absl::Status status = ScanMerged(table, range, visit);
  --scans_;
  return status;
}

absl::Status OverlayTransaction::ScanMerged(
    Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  RangeCursor<TableWrites::const_iterator> own(Own(table), range);
  if (own.AtEnd()) return base_.Scan(table, range, visit);
  size_t left = range.rows_max;
  const auto show = [&](std::string_view key, std::string_view value) {
    --left;
    return visit(key, value) && left > 0;
  };
  // Shows own rows that come before `key` (all if it is null); false when the scan is over.
  const auto show_own_before = [&](const std::string_view* key) {
    for (; !own.AtEnd(); own.Advance()) {
      const auto& [own_key, value] = *own.Current();
      const bool before = key == nullptr || (range.reverse ? own_key > *key : own_key < *key);
      if (!before) return true;
      if (value.has_value() && !show(own_key, *value)) return false;
    }
    return true;
  };

  bool over = false;
  KeyRange all = range;
  // What is deleted here doesn't count.
  all.rows_max = std::numeric_limits<size_t>::max();
  COMPTOIR_RETURN_IF_ERROR(
      base_.Scan(table, all, [&](std::string_view key, std::string_view value) {
        over = !show_own_before(&key);
        if (over) return false;
        const bool overwritten = !own.AtEnd() && own.Current()->first == key;
        if (!overwritten) over = !show(key, value);
        return !over;
      }));
  if (!over) show_own_before(nullptr);
  return absl::OkStatus();
}

void OverlayTransaction::Put(Table table, std::string_view key, std::string_view value) {
  Write(table, key, std::string(value));
  write_bytes_ += key.size() + value.size();
}

void OverlayTransaction::Delete(Table table, std::string_view key) {
  Write(table, key, std::nullopt);
  write_bytes_ += key.size();
}

void OverlayTransaction::Write(Table table, std::string_view key,
                               std::optional<std::string> value) {
  COMPTOIR_CHECK(scans_ == 0) << "A transaction was written to while it was scanned.";
  auto& writes = writes_[static_cast<size_t>(table)];
  const auto own = writes.lower_bound(key);
  if (own != writes.end() && own->first == key) {
    own->second = std::move(value);
  } else {
    writes.emplace_hint(own, std::string(key), std::move(value));
  }
  ++write_count_;
}

void OverlayTransaction::Clear() {
  for (auto& writes : writes_) writes.clear();
  write_count_ = 0;
  write_bytes_ = 0;
}

}  // namespace comptoir
