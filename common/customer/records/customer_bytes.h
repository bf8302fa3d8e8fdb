// Records of customers as they are stored, in bytes, looked into field by field: what is read most
// is neither parsed nor made into bytes again.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/customer/records/computed_fields.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// What of a CustomerRecord views and searches ask for. Borrows its bytes.
struct CustomerInBytes {
  // Its customer::v1::Customer.
  std::string_view customer;
  uint64_t created_sequence = 0;
  ViewedCustomer viewed;
  std::string_view display_name;
  bool has_affiliations = false;
};

// Nothing if that isn't a record.
std::optional<CustomerInBytes> LookInto(std::string_view record);

// E-mails as they are normalised, phones in E.164, else as they were written; the primary one
// comes first, empty if there is none. Borrows, as well.
struct ContactsInBytes {
  std::vector<std::string_view> emails = {""};
  std::vector<std::string_view> phones = {""};
};

// Nothing if they don't parse.
std::optional<ContactsInBytes> ContactsOf(const CustomerInBytes& stored);

// False for a view that takes more than the record: of one that isn't as HQ has it, shows the phone
// of an address, or holds affiliations, which a store may have to hide.
bool HoldsItsView(const CustomerInBytes& stored);

// CustomerView(), in bytes that parse to it. Nothing unless HoldsItsView().
std::optional<std::string> CustomerViewBytes(const CustomerInBytes& stored);
std::optional<std::string> CustomerViewBytes(std::string_view record);
// What comes behind `stored.customer` in it.
std::optional<std::string> ComputedBytes(const CustomerInBytes& stored);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_
