#include "hq-service/domain/conversion/staged_address.h"

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {

absl::StatusOr<PreparedAddress> PrepareStagedAddress(const Reader& reader,
                                                     const replication::v1::Operation& operation) {
  const auto customer = IdOfBytes(operation.customer_id());
  const auto address = IdOfBytes(operation.request_id());
  FieldViolations violations;
  if (!customer.has_value()) violations.Add("customer_id", "ID_INVALID", "Not a UUID's 16 bytes.");
  if (!address.has_value()) violations.Add("request_id", "ID_INVALID", "Not a UUID's 16 bytes.");
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_ASSIGN_OR_RETURN(auto channel, ReadChannelConfiguration(reader, operation.channel()));
  Warnings warnings = WarningsOfAddress(operation, channel);
  // Retired since it was captured: that is no fault of the operation. (F9)
  channel.purposes.merge(channel.retired_purposes);
  const customer::v1::Address& captured = operation.create_address().address();
  // The channel had no country then; that it has one now changes nothing.
  if (captured.country().empty()) channel.default_country.clear();
  // Nothing is taken from the customer any more.
  customer::v1::Customer owner;
  owner.set_name(CustomerName(*customer));
  COMPTOIR_ASSIGN_OR_RETURN(auto prepared, PrepareAddress(captured, *address, owner, channel));
  prepared.warnings = std::move(warnings);
  return prepared;
}

}  // namespace comptoir::hq
