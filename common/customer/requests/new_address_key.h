// The id of a new address, which is the request id of its creation.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_NEW_ADDRESS_KEY_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_NEW_ADDRESS_KEY_H_

#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/customer/requests/names.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir {

// The customer of the request with the id that its address brings, or a fresh one. INVALID_FIELDS
// if the names aren't those of a customer and of an address of its.
absl::StatusOr<AddressKey> NewAddressKey(const customer::v1::CreateAddressRequest& request,
                                         Random& random);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_NEW_ADDRESS_KEY_H_
