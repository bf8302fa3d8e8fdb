// What the view of a customer shows beside what is stored of it: the rules of that, for a record as
// a message and for one as bytes.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_COMPUTED_FIELDS_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_COMPUTED_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// What of a record the rules depend on. Borrows.
struct ViewedCustomer {
  std::string_view name;
  customer::v1::CustomerState state = customer::v1::CUSTOMER_STATE_UNSPECIFIED;
  std::string_view account_number;
  // Empty: it has none.
  std::string_view primary_address_id;
  bool has_phone = false;
  uint64_t version = 0;
  bool edit_pending = false;
};

// HQ's version and nothing on top of it: its etag is HQ's.
bool IsAsAtHq(const ViewedCustomer& customer);

// What people read as its account number, in the caller's language. (S3)
std::string_view AccountNumberText(const ViewedCustomer& customer, std::string_view language);

// Without a phone of its own it shows that of its primary address. (A5)
bool ShowsPhoneOfAddress(const ViewedCustomer& customer);

// Nothing if it has none. REQUIRES: stored by us, so that the id is well-formed.
std::optional<std::string> PrimaryAddressNameOf(const ViewedCustomer& customer);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_COMPUTED_FIELDS_H_
