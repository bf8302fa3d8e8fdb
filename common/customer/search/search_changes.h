// What commits do to what searches have in memory, words, account numbers and phones of the index
// and records of customers: written down where they are committed, taken where they are needed.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_CHANGES_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_CHANGES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"
#include "common/storage/database.h"

namespace comptoir {

// Rows that were put, with their values, and removed, in the order of their commits, as bytes.
class SearchChangeList {
 public:
  // REQUIRES: a row of table index that searches have in memory, or the record of a customer.
  // Values of the index aren't kept.
  void Add(Table table, std::string_view key, std::optional<std::string_view> value);
  void Append(const SearchChangeList& later);
  void Clear();

  // Nothing: the row was removed.
  using Visit = absl::FunctionRef<void(Table table, std::string_view key,
                                       std::optional<std::string_view> value)>;
  void VisitAll(Visit visit) const;
  size_t bytes() const { return bytes_.size(); }
  // Whose records are among them.
  const absl::flat_hash_set<CustomerId>& records() const { return records_; }
  // Whether a record was removed.
  bool has_removed_records() const { return has_removed_records_; }

 private:
  std::string bytes_;
  absl::flat_hash_set<CustomerId> records_;
  bool has_removed_records_ = false;
};

// Committing() and Committed() are for who runs commits, the rest is thread-safe.
class SearchChanges {
 public:
  // Writes down what the transaction does to these rows; nobody sees it before it is committed.
  void Committing(const Transaction& transaction);
  // Returns how much waits to be taken.
  struct Waiting {
    size_t bytes;
    bool has_removed_records;
  };
  Waiting Committed();
  // Forgets all.
  void Clear();

  bool empty() const;
  // Removes the records of those customers of whom a newer one waits to be taken, or is just being
  // committed: anybody may read it, though Committed() hasn't been called yet.
  void RemoveOutdated(absl::Span<const KnownCustomer> customers,
                      absl::Span<std::optional<std::string>> records) const;
  // Returns what was committed since the last call.
  SearchChangeList Take();

 private:
  SearchChangeList committing_;

  mutable Mutex mutex_;
  // Guarded by mutex_. Of `committing_records_`, the commit that is under way has records.
  SearchChangeList committed_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<CustomerId> committing_records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_CHANGES_H_
