#include "channel-service/domain/errors.h"

#include <string>

#include "common/base/status.h"

namespace comptoir::channel {

absl::Status CustomerNotFound(std::string_view name) {
  return MakeError(Reason::kCustomerNotFound, "No such customer.",
                   {{"customer", std::string(name)}});
}

absl::Status CustomerPending(std::string_view name) {
  return MakeError(Reason::kCustomerPending, "The customer is still being synchronized.",
                   {{"customer", std::string(name)}});
}

absl::Status CustomerRejected(std::string_view name) {
  return MakeError(Reason::kCustomerRejected, "The customer's creation was discarded at HQ.",
                   {{"customer", std::string(name)}});
}

absl::Status HqUnreachable() {
  return MakeError(Reason::kHqUnreachable, "HQ is needed and cannot be reached.");
}

}  // namespace comptoir::channel
