#include "common/storage/sorted_rows.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/storage/key_begin.h"

namespace comptoir {
namespace {

// Larger runs stay by themselves: to merge them takes a millisecond or two, and who sorts is mostly
// waited for.
constexpr size_t kRowsOfMergedMax = 64 << 10;

bool IsBefore(const SortedRow& a, const SortedRow& b) {
  if (a.key_begin != b.key_begin) return a.key_begin < b.key_begin;
  return KeyOf(a.row).IsBefore(KeyOf(b.row));
}

RowRun SortedFrom(const HashedRows& rows, size_t begin, size_t end) {
  RowRun run;
  run.reserve(end - begin);
  for (size_t i = begin; i < end; ++i) {
    const MemtableRow row = rows[i];
    run.push_back({.key_begin = BeginOfKey(KeyOf(row).key), .row = row});
  }
  // A log's rows come in order.
  if (!std::is_sorted(run.begin(), run.end(), IsBefore)) {
    std::sort(run.begin(), run.end(), IsBefore);
  }
  return run;
}

RowRun Merged(const RowRun& a, const RowRun& b) {
  RowRun merged;
  merged.reserve(a.size() + b.size());
  if (IsBefore(a.back(), b.front())) {
    merged.insert(merged.end(), a.begin(), a.end());
    merged.insert(merged.end(), b.begin(), b.end());
  } else {
    std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(merged), IsBefore);
  }
  return merged;
}

}  // namespace

std::shared_ptr<const SortedView> SortedRows::Sort() const {
  const size_t rows = rows_.size();
  std::shared_ptr<const SortedView> last;
  {
    MutexLock lock(mutex_);
    last = last_;
  }
  if (last->rows >= rows) return last;
  auto view = std::make_shared<SortedView>(*last);
  auto& runs = view->runs;
  runs.push_back(std::make_shared<RowRun>(SortedFrom(rows_, view->rows, rows)));
  view->rows = rows;
  // Each is more than twice as large as the next, so a row is copied as often as the rows double.
  while (runs.size() > 1) {
    const RowRun& before = **(runs.end() - 2);
    const RowRun& after = *runs.back();
    if (before.size() > 2 * after.size() || before.size() + after.size() > kRowsOfMergedMax) break;
    auto merged = std::make_shared<RowRun>(Merged(before, after));
    runs.pop_back();
    runs.back() = std::move(merged);
  }
  // What it was is freed when others may go on.
  last = view;
  MutexLock lock(mutex_);
  if (last_->rows < rows) last_.swap(last);
  return view;
}

SortedRowsCursor::SortedRowsCursor(std::shared_ptr<const SortedView> view)
    : view_(std::move(view)) {
  heads_.reserve(view_->runs.size());
  for (const auto& run : view_->runs) {
    const SortedRow* const begin = run->data();
    const SortedRow* const end = begin + run->size();
    heads_.push_back({.begin = begin, .next = end, .end = end});
  }
}

void SortedRowsCursor::Next() {
  ++heads_[current_].next;
  TakeFirst();
}

void SortedRowsCursor::Prev() { TakeLast(); }

void SortedRowsCursor::Seek(const MemtableKey& key) {
  const uint64_t key_begin = BeginOfKey(key.key);
  const auto is_before = [&](const SortedRow& row) {
    if (row.key_begin != key_begin) return row.key_begin < key_begin;
    return KeyOf(row.row).IsBefore(key);
  };
  for (Head& head : heads_) head.next = std::partition_point(head.begin, head.end, is_before);
  TakeFirst();
}

void SortedRowsCursor::SeekForPrev(const MemtableKey& key) {
  Seek(key);
  if (!valid() || KeyOf(row()) != key) TakeLast();
}

void SortedRowsCursor::SeekToFirst() {
  for (Head& head : heads_) head.next = head.begin;
  TakeFirst();
}

void SortedRowsCursor::SeekToLast() {
  for (Head& head : heads_) head.next = head.end;
  TakeLast();
}

void SortedRowsCursor::TakeFirst() {
  current_ = kNone;
  for (size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].next == heads_[i].end) continue;
    if (!valid() || IsBefore(*heads_[i].next, *heads_[current_].next)) current_ = i;
  }
}

void SortedRowsCursor::TakeLast() {
  current_ = kNone;
  for (size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].next == heads_[i].begin) continue;
    if (!valid() || IsBefore(heads_[current_].next[-1], heads_[i].next[-1])) current_ = i;
  }
  if (valid()) --heads_[current_].next;
}

}  // namespace comptoir
