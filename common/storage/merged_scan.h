// A scan of rows below others: what was written since, in memory, hides what was there before.

#ifndef COMPTOIR_COMMON_STORAGE_MERGED_SCAN_H_
#define COMPTOIR_COMMON_STORAGE_MERGED_SCAN_H_

#include <cstddef>
#include <limits>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/status.h"
#include "common/storage/database.h"

namespace comptoir {

// What became of a key: it got a value, or was deleted.
struct WrittenRow {
  std::string_view key;
  std::string_view value;
  bool deleted;
};

using VisitRow = absl::FunctionRef<bool(std::string_view key, std::string_view value)>;

// A scan of the rows below.
using ScanBelow = absl::FunctionRef<absl::Status(const KeyRange& range, VisitRow visit)>;

// Visits the rows of `own` and those below as one sorted sequence. `own` goes through what was
// written in the range, in its direction: AtEnd(), Current(), a WrittenRow, and Advance().
template <typename Own>
absl::Status ScanMerged(Own own, ScanBelow below, const KeyRange& range, VisitRow visit) {
  if (range.rows_max == 0) return absl::OkStatus();
  if (own.AtEnd()) return below(range, visit);
  size_t left = range.rows_max;
  const auto show = [&](std::string_view key, std::string_view value) {
    --left;
    return visit(key, value) && left > 0;
  };
  // Shows own rows that come before `key` (all if it is null); false when the scan is over.
  const auto show_own_before = [&](const std::string_view* key) {
    for (; !own.AtEnd(); own.Advance()) {
      const WrittenRow row = own.Current();
      const bool before = key == nullptr || (range.reverse ? row.key > *key : row.key < *key);
      if (!before) return true;
      if (!row.deleted && !show(row.key, row.value)) return false;
    }
    return true;
  };

  bool over = false;
  KeyRange all = range;
  // What is deleted here doesn't count.
  all.rows_max = std::numeric_limits<size_t>::max();
  COMPTOIR_RETURN_IF_ERROR(below(all, [&](std::string_view key, std::string_view value) {
    over = !show_own_before(&key);
    if (over) return false;
    const bool overwritten = !own.AtEnd() && own.Current().key == key;
    if (!overwritten) over = !show(key, value);
    return !over;
  }));
  if (!over) show_own_before(nullptr);
  return absl::OkStatus();
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MERGED_SCAN_H_
