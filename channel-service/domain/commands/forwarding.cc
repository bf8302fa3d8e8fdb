#include "channel-service/domain/commands/forwarding.h"

#include "common/customer/requests/errors.h"

namespace comptoir::channel {

absl::Status OutcomeUnknown(const Uuid& request_id) {
  return MakeError(Reason::kOutcomeUnknown,
                   "HQ's answer was lost; repeat with the same request id.",
                   {{"request_id", request_id.ToString()}});
}

absl::Status ErrorOfEdit(const absl::Status& error, const Uuid& request_id) {
  // An error with our reason is HQ's word that nothing was done, unless it gave up half-way.
  const auto reason = ReasonOf(error);
  const bool nothing_done = reason.has_value() && *reason != Reason::kDeadlineExceeded;
  return nothing_done ? error : OutcomeUnknown(request_id);
}

absl::Status CheckIsAtHq(const customer::v1::Customer& customer) {
  switch (customer.state()) {
    case customer::v1::CUSTOMER_STATE_PENDING:
      return CustomerPending(customer.name());
    case customer::v1::CUSTOMER_STATE_REJECTED:
      return CustomerRejected(customer.name());
    default:
      return absl::OkStatus();
  }
}

}  // namespace comptoir::channel
