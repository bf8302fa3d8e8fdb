// Names and ids in requests: "customers/{uuid}", "customers/{uuid}/addresses/{uuid}",
// "accountNumbers/{number}". (K2)

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_NAMES_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_NAMES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"

namespace comptoir {

// The id of a customer is the request id of its creation.
using CustomerId = Uuid;
using AddressId = Uuid;

struct AddressKey {
  CustomerId customer;
  AddressId address;
  friend bool operator==(const AddressKey&, const AddressKey&) = default;
};

std::string CustomerName(const CustomerId& id);
std::string AddressName(const AddressKey& key);
// `customer` is a CustomerName().
std::string AddressName(std::string_view customer, const AddressId& address);

// Each fails with INVALID_FIELDS, naming `field`, for anything that isn't such a name (reason
// NAME_INVALID).
absl::StatusOr<CustomerId> ParseCustomerName(std::string_view name,
                                             std::string_view field = "name");
absl::StatusOr<AddressKey> ParseAddressName(std::string_view name, std::string_view field = "name");

// A customer, or an address with its customer.
struct SynchronizedName {
  CustomerId customer;
  std::optional<AddressId> address;
};
absl::StatusOr<SynchronizedName> ParseSynchronizedName(std::string_view name);

// The number in "accountNumbers/{number}"; nullopt if `name` doesn't begin so.
std::optional<std::string> ParseAccountNumberName(std::string_view name);

// The id by which a repeated request is known: INVALID_FIELDS, naming "request_id" (reason
// REQUEST_ID_INVALID), for anything that isn't a UUID.
absl::StatusOr<Uuid> ParseRequestId(std::string_view text);

// The id of an address that came with its customer and brought none: every service derives the
// same.
AddressId DerivedAddressId(const CustomerId& customer, int place);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_NAMES_H_
