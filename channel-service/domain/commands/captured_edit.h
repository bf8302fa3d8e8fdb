// The commands of edits that a store makes without asking HQ.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CAPTURED_EDIT_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CAPTURED_EDIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "channel-service/domain/outbox/own_edits.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::channel {

// What the caller sees, and whether anything was committed.
template <typename View>
struct EditReply {
  View view;
  bool is_new = false;
};

// Each stores the edited record, its operation and the request's outcome, or only the last, if the
// edit changes nothing. CUSTOMER_NOT_FOUND, ADDRESS_NOT_FOUND, CUSTOMER_REJECTED, ETAG_MISMATCH,
// INVALID_FIELDS, FEATURE_OFF, OUTBOX_FULL, REQUEST_ID_REUSED; a request that was committed before
// is answered with the record as it is.
absl::StatusOr<EditReply<customer::v1::Customer>> CaptureEdit(
    Transaction& transaction, const customer::v1::UpdateCustomerRequest& request,
    const OwnEdit& edit, uint64_t operations_max, std::string_view language);
absl::StatusOr<EditReply<customer::v1::Address>> CaptureEdit(
    Transaction& transaction, const customer::v1::UpdateAddressRequest& request,
    const OwnEdit& edit, uint64_t operations_max, std::string_view language);
absl::StatusOr<EditReply<customer::v1::Address>> CaptureEdit(
    Transaction& transaction, const customer::v1::DeactivateAddressRequest& request,
    const OwnEdit& edit, uint64_t operations_max, std::string_view language);

// The answer to a request that was committed here before; nothing if it wasn't.
absl::StatusOr<std::optional<customer::v1::Customer>> FindCommitted(
    const Reader& reader, const customer::v1::UpdateCustomerRequest& request, const OwnEdit& edit,
    std::string_view language);
absl::StatusOr<std::optional<customer::v1::Address>> FindCommitted(
    const Reader& reader, const customer::v1::UpdateAddressRequest& request, const OwnEdit& edit,
    std::string_view language);
absl::StatusOr<std::optional<customer::v1::Address>> FindCommitted(
    const Reader& reader, const customer::v1::DeactivateAddressRequest& request,
    const OwnEdit& edit, std::string_view language);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CAPTURED_EDIT_H_
