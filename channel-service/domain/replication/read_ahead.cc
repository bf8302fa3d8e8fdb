#include "channel-service/domain/replication/read_ahead.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/storage/range_cursor.h"

namespace comptoir::channel {
namespace {

bool Covers(const KeyRange& known, std::string_view key) {
  return known.begin <= key && (known.end.empty() || key < known.end);
}

bool Covers(const KeyRange& known, const KeyRange& range) {
  const bool to_end = known.end.empty() || (!range.end.empty() && range.end <= known.end);
  return known.begin <= range.begin && to_end;
}

template <typename KeyOrRange>
bool AnyCovers(const std::vector<KeyRange>& known, const KeyOrRange& key_or_range) {
  return std::any_of(known.begin(), known.end(),
                     [&](const KeyRange& each) { return Covers(each, key_or_range); });
}

}  // namespace

absl::Status ReadAhead::ReadRows(Table table, std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  COMPTOIR_ASSIGN_OR_RETURN(auto values, transaction_.MultiGet(table, keys));
  Rows& rows = Of(table).rows;
  for (size_t i = 0; i < keys.size(); ++i) {
    rows.insert_or_assign(rows.end(), std::move(keys[i]), std::move(values[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadAhead::ReadRange(Table table, const KeyRange& range) {
  std::vector<std::pair<std::string, std::string>> read;
  COMPTOIR_RETURN_IF_ERROR(
      transaction_.Scan(table, range, [&](std::string_view key, std::string_view value) {
        read.emplace_back(key, value);
        return true;
      }));
  if (read.size() >= range.rows_max) return false;
  Known& known = Of(table);
  for (auto& [key, value] : read) known.rows.insert_or_assign(std::move(key), std::move(value));
  known.ranges.push_back(range);
  return true;
}

absl::StatusOr<std::optional<std::string>> ReadAhead::Get(Table table, std::string_view key) const {
  const Known& known = Of(table);
  const auto row = known.rows.find(key);
  if (row != known.rows.end()) return row->second;
  if (AnyCovers(known.ranges, key)) return std::nullopt;
  return transaction_.Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> ReadAhead::MultiGet(
    Table table, absl::Span<const std::string> keys) const {
  // What is known has been written to the transaction, or is what it would find.
  return transaction_.MultiGet(table, keys);
}

absl::Status ReadAhead::Scan(
    Table table, const KeyRange& range,
    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
  const Known& known = Of(table);
  if (!AnyCovers(known.ranges, range)) return transaction_.Scan(table, range, visit);
  size_t left = range.rows_max;
  RangeCursor<Rows::const_iterator> cursor(known.rows, range);
  for (; left > 0 && !cursor.AtEnd(); cursor.Advance()) {
    const auto& [key, value] = *cursor.Current();
    if (!value.has_value()) continue;
    if (!visit(key, *value)) break;
    --left;
  }
  return absl::OkStatus();
}

void ReadAhead::Put(Table table, std::string_view key, std::string_view value) {
  Keep(table, key, value);
  transaction_.Put(table, key, value);
}

void ReadAhead::Delete(Table table, std::string_view key) {
  Keep(table, key, std::nullopt);
  transaction_.Delete(table, key);
}

void ReadAhead::Keep(Table table, std::string_view key, std::optional<std::string_view> value) {
  Known& known = Of(table);
  const auto row = known.rows.find(key);
  if (row == known.rows.end() && !AnyCovers(known.ranges, key)) return;
  std::optional<std::string>& kept =
      row != known.rows.end() ? row->second : known.rows[std::string(key)];
  if (value.has_value()) {
    kept.emplace(*value);
  } else {
    kept.reset();
  }
}

}  // namespace comptoir::channel
