// Going through a sorted map as a scan goes through a table.

#ifndef COMPTOIR_COMMON_STORAGE_RANGE_CURSOR_H_
#define COMPTOIR_COMMON_STORAGE_RANGE_CURSOR_H_

#include <iterator>
#include <utility>

#include "common/storage/database.h"

namespace comptoir {

// Goes through the entries of a map in a range, in its direction; KeyRange::rows_max is left to the
// caller.
template <typename Iterator>
class RangeCursor {
 public:
  template <typename Map>
  RangeCursor(Map& map, const KeyRange& range)
      : next_(map.lower_bound(range.begin)),
        stop_(range.end.empty() ? map.end() : map.lower_bound(range.end)),
        reverse_(range.reverse) {
    const bool empty = !range.end.empty() && range.end <= range.begin;
    if (empty) next_ = stop_;
    if (reverse_) std::swap(next_, stop_);
  }

  bool AtEnd() const { return next_ == stop_; }
  // REQUIRES: not AtEnd().
  Iterator Current() const { return reverse_ ? std::prev(next_) : next_; }
  void Advance() { reverse_ ? --next_ : ++next_; }

 private:
  // Backwards, the entry before `next_` is the next one, and `stop_` is the last.
  Iterator next_;
  Iterator stop_;
  bool reverse_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_RANGE_CURSOR_H_
