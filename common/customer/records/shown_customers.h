// Whom a search or a list may show, where a database holds more customers than those: that of a
// service of several channels holds the customers of all of them. (V4)

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_SHOWN_CUSTOMERS_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_SHOWN_CUSTOMERS_H_

#include <cstddef>
#include <functional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// Whether a customer may be shown. Empty: all may.
using IsShown = std::function<absl::StatusOr<bool>(const storage::v1::CustomerRecord&)>;

// Customers that one request decides about: as many as a search reads rows for one word.
inline constexpr size_t kShownDecisionsMax = 10'000;

// The customers that one request may show; reads each of them once. Costs nothing where all may be
// shown. Not thread-safe; borrows the reader.
class ShownCustomers {
 public:
  explicit ShownCustomers(const Reader& reader, IsShown is_shown = nullptr,
                          size_t decisions_max = kShownDecisionsMax)
      : reader_(reader), is_shown_(std::move(is_shown)), decisions_max_(decisions_max) {}

  bool all() const { return is_shown_ == nullptr; }

  // The customer. CUSTOMER_NOT_FOUND for one that isn't in the database, also where all are shown,
  // or may not be shown.
  absl::StatusOr<storage::v1::CustomerRecord> Find(const CustomerId& id);

  // False for one that isn't in the database, unless all are shown. False, too, once the database
  // has failed or so many were decided: see status() and complete().
  bool Contains(const CustomerId& id);
  // The same, where the record has been read already.
  bool Contains(const CustomerId& id, const storage::v1::CustomerRecord& record);

  // To be looked at after the last question.
  const absl::Status& status() const { return status_; }
  bool complete() const { return complete_; }

 private:
  absl::StatusOr<bool> Decide(const CustomerId& id, const storage::v1::CustomerRecord* record);
  bool Contains(const CustomerId& id, const storage::v1::CustomerRecord* record);

  // Constant after construction.
  const Reader& reader_;
  const IsShown is_shown_;
  const size_t decisions_max_;

  absl::flat_hash_map<CustomerId, bool> decided_;
  absl::Status status_;
  bool complete_ = true;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_SHOWN_CUSTOMERS_H_
