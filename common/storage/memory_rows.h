// The inside of MemoryDatabase: its rows, commits and faults. For memory_database.cc only.

#ifndef COMPTOIR_COMMON_STORAGE_MEMORY_ROWS_H_
#define COMPTOIR_COMMON_STORAGE_MEMORY_ROWS_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/storage/memory_database.h"
#include "common/storage/overlay_transaction.h"
#include "common/storage/range_cursor.h"

namespace comptoir {

// Commits are numbered from 1.
using CommitNumber = uint64_t;
inline constexpr CommitNumber kLatest = std::numeric_limits<CommitNumber>::max();

// Rows that a scan takes from the map at once: the first ones cheaply, long scans with few locks.
inline constexpr size_t kScanRowsFirst = 4;
inline constexpr size_t kScanRowsMax = 256;

template <typename Value>
using TableMap = std::map<std::string, Value, std::less<>>;

template <typename Map>
using AllTables = std::array<Map, std::size(kAllTables)>;

inline size_t IndexOf(Table table) { return static_cast<size_t>(table); }

// The rows, the commits and the faults. Each row is a list of versions, newest first; a snapshot is
// the number of the last commit it sees ("pinned": versions that it sees aren't freed, so views of
// them stay valid without the lock).
class MemoryDatabase::State {
 public:
  // Reads as of a commit, which somebody has pinned, or the latest.
  class ReaderAt;
  // Pins the last commit as long as it lives.
  class Snapshot;

  // Reads as of `commit` (kLatest: the last one).
  absl::StatusOr<std::optional<std::string>> Get(CommitNumber commit, Table table,
                                                 std::string_view key) const {
    COMPTOIR_RETURN_IF_ERROR(Fault());
    MutexLock lock(mutex_);
    const Version* version = Find(commit, table, key);
    if (version == nullptr) return std::nullopt;
    return version->value;
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      CommitNumber commit, Table table, absl::Span<const std::string> keys) const {
    COMPTOIR_RETURN_IF_ERROR(Fault());
    std::vector<std::optional<std::string>> values(keys.size());
    MutexLock lock(mutex_);
    for (size_t i = 0; i < keys.size(); ++i) {
      const Version* version = Find(commit, table, keys[i]);
      if (version != nullptr) values[i] = version->value;
    }
    return values;
  }

  absl::Status Scan(CommitNumber commit, Table table, const KeyRange& range,
                    absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
    COMPTOIR_RETURN_IF_ERROR(Fault());
    // `visit` may read: it is called without the lock. The pin keeps the views valid.
    const CommitNumber pinned = Pin(commit);
    Cursor cursor{.left = range.rows_max};
    std::vector<RowView> rows;
    while (NextRows(pinned, table, range, cursor, rows)) {
      for (const auto& [key, value] : rows) {
        if (!visit(key, value)) {
          cursor.left = 0;
          break;
        }
      }
    }
    Unpin(pinned);
    return absl::OkStatus();
  }

  absl::Status Commit(const OverlayTransaction::Writes& writes, size_t bytes, bool synced) {
    COMPTOIR_RETURN_IF_ERROR(Fault());
    MutexLock lock(mutex_);
    if (bytes > free_bytes_) {
      return MakeError(Reason::kDiskFull, "No space is left for a commit.");
    }
    if (synced) undo_.clear();
    ++last_commit_;
    for (size_t i = 0; i < writes.size(); ++i) {
      for (const OverlayWrite& write : writes[i]) {
        const std::string key(write.key());
        const auto value = write.value();
        if (!synced) RememberForUndo(i, key);
        Write(i, key, value.has_value() ? std::optional(std::string(*value)) : std::nullopt);
      }
    }
    return absl::OkStatus();
  }

  void LosePower() {
    MutexLock lock(mutex_);
    ++last_commit_;
    for (auto& [key, value] : undo_) Write(key.first, key.second, std::move(value));
    undo_.clear();
  }

  Content Copy() const {
    MutexLock lock(mutex_);
    Content content;
    for (const Table table : kAllTables) {
      for (const auto& [key, row] : rows_[IndexOf(table)]) {
        if (!row.newest->deleted) content.emplace(std::pair(table, key), row.newest->value);
      }
    }
    return content;
  }

  void Restore(const Content& content) {
    MutexLock lock(mutex_);
    undo_.clear();
    ++last_commit_;
    for (const Table table : kAllTables) {
      std::vector<std::string> keys;
      for (const auto& [key, row] : rows_[IndexOf(table)]) keys.push_back(key);
      for (const std::string& key : keys) Write(IndexOf(table), key, std::nullopt);
    }
    for (const auto& [key, value] : content) Write(IndexOf(key.first), key.second, value);
  }

  CommitNumber Pin(CommitNumber commit) const {
    MutexLock lock(mutex_);
    if (commit == kLatest) commit = last_commit_;
    ++pins_[commit];
    return commit;
  }

  void Unpin(CommitNumber commit) const {
    MutexLock lock(mutex_);
    const auto pin = pins_.find(commit);
    if (--pin->second > 0) return;
    const bool was_oldest = pin == pins_.begin();
    pins_.erase(pin);
    if (was_oldest) Prune();
  }

  uint64_t free_bytes() const {
    MutexLock lock(mutex_);
    return free_bytes_;
  }

  void set_free_bytes(uint64_t bytes) {
    MutexLock lock(mutex_);
    free_bytes_ = bytes;
  }

  void set_fault(std::function<absl::Status()> fault) {
    MutexLock lock(mutex_);
    has_fault_ = fault != nullptr;
    fault_ = std::make_shared<const std::function<absl::Status()>>(std::move(fault));
  }

  // What the next read or commit fails with.
  absl::Status Fault() const {
    if (!has_fault_) return absl::OkStatus();
    std::shared_ptr<const std::function<absl::Status()>> fault;
    {
      MutexLock lock(mutex_);
      fault = fault_;
    }
    return *fault == nullptr ? absl::OkStatus() : (*fault)();
  }

 private:
  struct Version {
    CommitNumber commit;
    bool deleted;
    std::string value;
    std::unique_ptr<Version> older;
  };

  // Never empty. A single deleted version exists only while somebody sees an older one.
  struct Row {
    std::unique_ptr<Version> newest;
    // Entries of obsolete_ that name this row.
    size_t obsolete = 0;
  };
  using Rows = TableMap<Row>;

  // A row that got a newer version at `commit` while somebody could see the last one.
  struct Obsolete {
    CommitNumber commit;
    size_t table;
    Rows::iterator row;
  };

  using RowView = std::pair<std::string_view, std::string_view>;

  // Where a scan is.
  struct Cursor {
    // Rows that it may still visit.
    size_t left;
    size_t rows_next = kScanRowsFirst;
    // The last key visited: its row is pinned.
    std::optional<std::string_view> last_key = std::nullopt;
  };

  const Version* Find(CommitNumber commit, Table table, std::string_view key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto row = rows_[IndexOf(table)].find(key);
    return row == rows_[IndexOf(table)].end() ? nullptr : VersionAt(row->second, commit);
  }

  // The version of `row` that `commit` sees; null if there was none.
  static const Version* VersionAt(const Row& row, CommitNumber commit) {
    const Version* version = row.newest.get();
    while (version != nullptr && version->commit > commit) version = version->older.get();
    return version == nullptr || version->deleted ? nullptr : version;
  }

  // Replaces `rows` with the next ones of the scan; false if there are none.
  bool NextRows(CommitNumber commit, Table table, const KeyRange& range, Cursor& cursor,
                std::vector<RowView>& rows) const {
    rows.clear();
    const size_t rows_max = std::min(cursor.left, cursor.rows_next);
    if (rows_max == 0) return false;
    KeyRange rest = range;
    if (cursor.last_key.has_value()) {
      (range.reverse ? rest.end : rest.begin) = std::string(*cursor.last_key);
      if (!range.reverse) rest.begin.push_back('\0');
    }
    MutexLock lock(mutex_);
    RangeCursor<Rows::const_iterator> next(rows_[IndexOf(table)], rest);
    for (; !next.AtEnd() && rows.size() < rows_max; next.Advance()) {
      const auto row = next.Current();
      const Version* version = VersionAt(row->second, commit);
      if (version != nullptr) rows.emplace_back(row->first, version->value);
    }
    if (rows.empty()) return false;
    cursor.last_key = rows.back().first;
    cursor.left -= rows.size();
    const bool at_empty_key = range.reverse && cursor.last_key->empty();
    if (rows.size() < rows_max || at_empty_key) cursor.left = 0;
    cursor.rows_next = std::min(cursor.rows_next * 4, kScanRowsMax);
    return true;
  }

  // Writes as part of commit `last_commit_`.
  void Write(size_t table, std::string_view key, std::optional<std::string> value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Rows& rows = rows_[table];
    auto row = rows.lower_bound(key);
    const bool found = row != rows.end() && row->first == key;
    if (!found && !value.has_value()) return;
    if (!found) row = rows.emplace_hint(row, std::string(key), Row());

    auto version = std::make_unique<Version>();
    version->commit = last_commit_;
    version->deleted = !value.has_value();
    if (value.has_value()) version->value = *std::move(value);

    std::unique_ptr<Version>& newest = row->second.newest;
    const bool somebody_sees_it =
        newest != nullptr && !pins_.empty() && pins_.rbegin()->first >= newest->commit;
    if (somebody_sees_it) {
      version->older = std::move(newest);
      ++row->second.obsolete;
      obsolete_.push_back({last_commit_, table, row});
    } else if (newest != nullptr) {
      version->older = std::move(newest->older);
    }
    newest = std::move(version);
    if (newest->deleted && row->second.obsolete == 0) rows.erase(row);
  }

  // Frees the versions that no pin sees any more.
  void Prune() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const CommitNumber oldest = pins_.empty() ? kLatest : pins_.begin()->first;
    while (!obsolete_.empty() && obsolete_.front().commit <= oldest) {
      const Obsolete obsolete = obsolete_.front();
      obsolete_.pop_front();
      Row& row = obsolete.row->second;
      Version* version = row.newest.get();
      while (version->commit > oldest) version = version->older.get();
      version->older.reset();
      if (--row.obsolete == 0 && row.newest->deleted) rows_[obsolete.table].erase(obsolete.row);
    }
  }

  void RememberForUndo(size_t table, const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [entry, inserted] = undo_.try_emplace(std::pair(table, key));
    if (!inserted) return;
    const Version* version = Find(kLatest, static_cast<Table>(table), key);
    if (version != nullptr) entry->second = version->value;
  }

  mutable Mutex mutex_;
  // Guarded by mutex_. Closing a reader frees what only it saw, therefore mutable.
  mutable AllTables<Rows> rows_ ABSL_GUARDED_BY(mutex_);
  mutable std::deque<Obsolete> obsolete_ ABSL_GUARDED_BY(mutex_);
  mutable std::map<CommitNumber, size_t> pins_ ABSL_GUARDED_BY(mutex_);
  CommitNumber last_commit_ ABSL_GUARDED_BY(mutex_) = 0;
  // What a loss of power brings back, by table and key.
  std::map<std::pair<size_t, std::string>, std::optional<std::string>> undo_
      ABSL_GUARDED_BY(mutex_);
  uint64_t free_bytes_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<uint64_t>::max();
  std::shared_ptr<const std::function<absl::Status()>> fault_ ABSL_GUARDED_BY(mutex_);

  // Spares reads without faults the shared_ptr.
  std::atomic<bool> has_fault_ = false;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MEMORY_ROWS_H_
