#include "common/storage/overlay_transaction.h"

#include <algorithm>
#include <cstring>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/merged_scan.h"
#include "common/storage/range_cursor.h"

namespace comptoir {
namespace {

// More than most commits write.
constexpr size_t kPieceBytes = 32 << 10;

std::optional<std::string> ToValue(const std::optional<std::string_view>& kept) {
  if (!kept.has_value()) return std::nullopt;
  return std::string(*kept);
}

// A transaction's own writes in a range: see ScanMerged.
class OwnRows {
 public:
  OwnRows(const OverlayTransaction::TableWrites& writes, const KeyRange& range)
      : cursor_(writes, range) {}

  bool AtEnd() const { return cursor_.AtEnd(); }
  WrittenRow Current() const {
    const auto& [key, value] = *cursor_.Current();
    if (!value.has_value()) return {.key = key, .value = {}, .deleted = true};
    return {.key = key, .value = *value, .deleted = false};
  }
  void Advance() { cursor_.Advance(); }

 private:
  RangeCursor<OverlayTransaction::TableWrites::const_iterator> cursor_;
};

}  // namespace

absl::StatusOr<std::optional<std::string>> OverlayTransaction::Get(Table table,
                                                                   std::string_view key) const {
  const auto own = Own(table).find(key);
  if (own != Own(table).end()) return ToValue(own->second);
  return base_.Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> OverlayTransaction::MultiGet(
    Table table, absl::Span<const std::string> keys) const {
  COMPTOIR_ASSIGN_OR_RETURN(auto values, base_.MultiGet(table, keys));
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto own = Own(table).find(keys[i]);
    if (own != Own(table).end()) values[i] = ToValue(own->second);
  }
  return values;
}

absl::Status OverlayTransaction::Scan(
    Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  const auto below = [&](const KeyRange& rows, VisitRow visit_row) {
    return base_.Scan(table, rows, visit_row);
  };
  ++scans_;
  absl::Status status = ScanMerged(OwnRows(Own(table), range), below, range, visit);
  --scans_;
  return status;
}

void OverlayTransaction::Put(Table table, std::string_view key, std::string_view value) {
  Write(table, key, value);
  write_bytes_ += key.size() + value.size();
}

void OverlayTransaction::Delete(Table table, std::string_view key) {
  Write(table, key, std::nullopt);
  write_bytes_ += key.size();
}

void OverlayTransaction::VisitWrites(Table table,
                                     absl::FunctionRef<void(std::string_view, bool)> visit) const {
  for (const auto& [key, value] : Own(table)) visit(key, !value.has_value());
}

void OverlayTransaction::Write(Table table, std::string_view key,
                               std::optional<std::string_view> value) {
  COMPTOIR_CHECK(scans_ == 0) << "A transaction was written to while it was scanned.";
  if (value.has_value()) value = Keep(*value);
  auto& writes = writes_[static_cast<size_t>(table)];
  const auto own = writes.lower_bound(key);
  if (own != writes.end() && own->first == key) {
    own->second = value;
  } else {
    writes.emplace_hint(own, Keep(key), value);
  }
  ++write_count_;
}

std::string_view OverlayTransaction::Keep(std::string_view bytes) {
  if (bytes.empty()) return "";
  if (bytes.size() > free_bytes_) {
    free_bytes_ = std::max(bytes.size(), kPieceBytes);
    free_ = pieces_.emplace_back(new char[free_bytes_]).get();
  }
  char* const kept = free_;
  std::memcpy(kept, bytes.data(), bytes.size());
  free_ += bytes.size();
  free_bytes_ -= bytes.size();
  return {kept, bytes.size()};
}

void OverlayTransaction::Clear() {
  for (auto& writes : writes_) writes.clear();
  pieces_.clear();
  free_bytes_ = 0;
  write_count_ = 0;
  write_bytes_ = 0;
}

}  // namespace comptoir
