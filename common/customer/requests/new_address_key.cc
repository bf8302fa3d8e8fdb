#include "common/customer/requests/new_address_key.h"

#include "common/base/status.h"

namespace comptoir {

absl::StatusOr<AddressKey> NewAddressKey(const customer::v1::CreateAddressRequest& request,
                                         Random& random) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId parent, ParseCustomerName(request.parent(), "parent"));
  if (request.address().name().empty()) return AddressKey{parent, NewUuid(random)};
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key,
                            ParseAddressName(request.address().name(), "address.name"));
  if (key.customer == parent) return key;
  FieldViolations violations;
  violations.Add("address.name", "NAME_INVALID", "Not the name of an address of the parent.");
  return violations.ToStatus();
}

}  // namespace comptoir
