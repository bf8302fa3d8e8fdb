#include "common/customer/requests/errors.h"

#include <string>

#include "common/base/status.h"

namespace comptoir {

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

absl::Status AddressNotFound(std::string_view name) {
  return MakeError(Reason::kAddressNotFound, "No such address.", {{"address", std::string(name)}});
}

absl::Status CheckEtag(std::string_view given, std::string_view current) {
  if (given.empty() || given == current) return absl::OkStatus();
  return MakeError(Reason::kEtagMismatch, "It has changed since it was read.",
                   {{"etag", std::string(current)}});
}

}  // namespace comptoir
