// Rows of a memtable in order. They are sorted many at once, and what was sorted is kept: that is
// where most of what a skip list costs is saved.

#ifndef COMPTOIR_COMMON_STORAGE_SORTED_ROWS_H_
#define COMPTOIR_COMMON_STORAGE_SORTED_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/inlined_vector.h"
#include "common/base/mutex.h"
#include "common/storage/hashed_rows.h"
#include "common/storage/memtable_row.h"

namespace comptoir {

struct SortedRow {
  // See BeginOfKey().
  uint64_t key_begin;
  MemtableRow row;
};
// Never changes.
using RowRun = std::vector<SortedRow>;

// All rows that there were at some moment.
struct SortedView {
  // Larger ones first, so there are few.
  std::vector<std::shared_ptr<const RowRun>> runs;
  size_t rows = 0;
};

// Thread-safe; `rows` may grow meanwhile.
class SortedRows {
 public:
  // Borrows `rows`.
  explicit SortedRows(const HashedRows& rows) : rows_(rows) {}

  // Those there are now. Nobody waits while another one sorts. What came since the last call is
  // sorted, whoever calls: see kPieceRows.
  std::shared_ptr<const SortedView> Sort() const;

  // To be called whenever so many more rows are there, so that nobody who scans a few has to sort
  // many first.
  static constexpr size_t kPieceRows = 4096;

 private:
  // Constant after construction.
  const HashedRows& rows_;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  mutable std::shared_ptr<const SortedView> last_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<SortedView>();
};

// Goes through a view, forwards and backwards. Not thread-safe.
class SortedRowsCursor {
 public:
  explicit SortedRowsCursor(std::shared_ptr<const SortedView> view);

  // Whether it is at a row; else behind the last or before the first.
  bool valid() const { return current_ != kNone; }
  // REQUIRES, as do Next and Prev: valid().
  MemtableRow row() const { return heads_[current_].next->row; }
  void Next();
  void Prev();

  // To the first row that doesn't come before `key`.
  void Seek(const MemtableKey& key);
  // To the last row that doesn't come after it.
  void SeekForPrev(const MemtableKey& key);
  void SeekToFirst();
  void SeekToLast();

 private:
  // `next` is the first of its run that isn't before the current row, in either direction.
  struct Head {
    const SortedRow* begin;
    const SortedRow* next;
    const SortedRow* end;
  };
  static constexpr size_t kNone = SIZE_MAX;

  // The first of what is next, or the last of what is before that.
  void TakeFirst();
  void TakeLast();

  const std::shared_ptr<const SortedView> view_;
  absl::InlinedVector<Head, 12> heads_;
  size_t current_ = kNone;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_SORTED_ROWS_H_
