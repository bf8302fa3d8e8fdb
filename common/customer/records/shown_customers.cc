#include "common/customer/records/shown_customers.h"

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"

namespace comptoir {

using storage::v1::CustomerRecord;

absl::StatusOr<CustomerRecord> ShownCustomers::Find(const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(reader_, id));
  const bool is_shown = record.has_value() && Contains(id, *record);
  COMPTOIR_RETURN_IF_ERROR(status_);
  if (!is_shown) return CustomerNotFound(CustomerName(id));
  return *std::move(record);
}

bool ShownCustomers::Contains(const CustomerId& id) { return Contains(id, nullptr); }

bool ShownCustomers::Contains(const CustomerId& id, const CustomerRecord& record) {
  return Contains(id, &record);
}

bool ShownCustomers::Contains(const CustomerId& id, const CustomerRecord* record) {
  if (all()) return true;
  if (!status_.ok()) return false;
  const auto known = decided_.find(id);
  if (known != decided_.end()) return known->second;
  if (decided_.size() >= decisions_max_) {
    complete_ = false;
    return false;
  }
  const absl::StatusOr<bool> decision = Decide(id, record);
  status_ = decision.status();
  return decided_[id] = decision.ok() && *decision;
}

absl::StatusOr<bool> ShownCustomers::Decide(const CustomerId& id, const CustomerRecord* record) {
  if (record != nullptr) return is_shown_(*record);
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(reader_, id));
  if (!stored.has_value()) return false;
  return is_shown_(*stored);
}

}  // namespace comptoir
