// Errors about customers and addresses that HQ and stores answer alike. What they are about is in
// the metadata by its resource name, as the caller gave it or in full: `customer` or `address`.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_ERRORS_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_ERRORS_H_

#include <string_view>

#include "absl/status/status.h"

namespace comptoir {

absl::Status CustomerNotFound(std::string_view name);
absl::Status CustomerPending(std::string_view name);
absl::Status CustomerRejected(std::string_view name);
absl::Status AddressNotFound(std::string_view name);

// ETAG_MISMATCH, with the current one as `etag`, unless `given` is empty or current.
absl::Status CheckEtag(std::string_view given, std::string_view current);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_ERRORS_H_
