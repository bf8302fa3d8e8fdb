// Errors that several flows of a store answer with. Those about a customer carry its resource name
// as `customer` in the metadata.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_ERRORS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_ERRORS_H_

#include <string_view>

#include "absl/status/status.h"

namespace comptoir::channel {

absl::Status CustomerNotFound(std::string_view name);
absl::Status CustomerPending(std::string_view name);
absl::Status CustomerRejected(std::string_view name);
absl::Status HqUnreachable();

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_ERRORS_H_
