// What commits do to the rows of words and account numbers in the index, for who keeps those rows
// in memory: written down where they are committed, taken where they are needed.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_CHANGES_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_CHANGES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "common/base/mutex.h"
#include "common/storage/database.h"

namespace comptoir {

// Rows that were put and removed, in the order of their commits, as bytes.
class WordChangeList {
 public:
  void Add(std::string_view index_key, bool removed);
  void Append(const WordChangeList& later) { bytes_ += later.bytes_; }
  void Clear() { bytes_.clear(); }

  void Visit(absl::FunctionRef<void(std::string_view index_key, bool removed)> visit) const;
  size_t bytes() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

// Committing() and Committed() are for who runs commits, the rest is thread-safe.
class WordChanges {
 public:
  // Writes down what the transaction does to these rows; nobody sees it before it is committed.
  void Committing(const Transaction& transaction);
  // Returns how many bytes wait to be taken.
  size_t Committed();

  bool empty() const;
  // Returns what was committed since the last call.
  WordChangeList Take();

 private:
  WordChangeList committing_;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  WordChangeList committed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_CHANGES_H_
