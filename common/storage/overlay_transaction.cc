#include "common/storage/overlay_transaction.h"

#include <algorithm>

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

// To look for it.
OverlayWrite KeyOnly(std::string_view key) { return {key.data(), key.size(), std::nullopt}; }

// A transaction's own writes in a range: see ScanMerged.
class OwnRows {
 public:
  OwnRows(const OverlayTransaction::TableWrites& writes, const KeyRange& range)
      : cursor_(writes, range) {}

  bool AtEnd() const { return cursor_.AtEnd(); }
  WrittenRow Current() const {
    const OverlayWrite& write = *cursor_.Current();
    const auto value = write.value();
    return {.key = write.key(), .value = value.value_or(""), .deleted = !value.has_value()};
  }
  void Advance() { cursor_.Advance(); }

 private:
  RangeCursor<OverlayTransaction::TableWrites::const_iterator> cursor_;
};

}  // namespace

absl::StatusOr<std::optional<std::string>> OverlayTransaction::Get(Table table,
                                                                   std::string_view key) const {
  const auto own = Own(table).find(KeyOnly(key));
  if (own != Own(table).end()) return ToValue(own->value());
  return base_.Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> OverlayTransaction::MultiGet(
    Table table, absl::Span<const std::string> keys) const {
  COMPTOIR_ASSIGN_OR_RETURN(auto values, base_.MultiGet(table, keys));
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto own = Own(table).find(KeyOnly(keys[i]));
    if (own != Own(table).end()) values[i] = ToValue(own->value());
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

void OverlayTransaction::VisitWrites(Table table, VisitWrite visit) const {
  for (const OverlayWrite& write : Own(table)) visit(write.key(), write.value());
}

void OverlayTransaction::Write(Table table, std::string_view key,
                               std::optional<std::string_view> value) {
  COMPTOIR_CHECK(scans_ == 0) << "A transaction was written to while it was scanned.";
  const size_t value_bytes = value.has_value() ? value->size() : 0;
  COMPTOIR_CHECK(std::max(key.size(), value_bytes) < std::numeric_limits<uint32_t>::max());
  char* const kept = Keep(key.size() + value_bytes);
  key.copy(kept, key.size());
  if (value.has_value()) value->copy(kept + key.size(), value_bytes);
  const OverlayWrite write(kept, key.size(),
                           value.has_value() ? std::optional(value_bytes) : std::nullopt);
  const auto [own, inserted] = writes_[static_cast<size_t>(table)].insert(write);
  if (!inserted) own->Become(write);
  ++write_count_;
}

char* OverlayTransaction::Keep(size_t bytes) {
  if (bytes > free_bytes_) {
    free_bytes_ = std::max(bytes, kPieceBytes);
    free_ = pieces_.emplace_back(new char[free_bytes_]).get();
  }
  char* const kept = free_;
  free_ += bytes;
  free_bytes_ -= bytes;
  return kept;
}

void OverlayTransaction::Clear() {
  for (auto& writes : writes_) writes.clear();
  pieces_.clear();
  free_bytes_ = 0;
  write_count_ = 0;
  write_bytes_ = 0;
}

}  // namespace comptoir
