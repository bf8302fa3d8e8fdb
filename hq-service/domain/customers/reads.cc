#include "hq-service/domain/customers/reads.h"

#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {
absl::StatusOr<CustomerId> CustomerOfName(const Reader& reader, std::string_view name) {
  const auto number = ParseAccountNumberName(name);
  if (!number.has_value()) return ParseCustomerName(name);
  COMPTOIR_ASSIGN_OR_RETURN(const auto id, FindAccountNumber(reader, *number));
  if (!id.has_value()) return CustomerNotFound(name);
  return *id;
}

absl::StatusOr<storage::v1::CustomerRecord> FindShownCustomer(const Reader& reader,
                                                              std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, CustomerOfName(reader, name));
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(reader, id));
  if (record.has_value()) return *std::move(record);
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedCreate(reader, id));
  if (!staged.has_value()) return CustomerNotFound(name);
  return PendingRecord(*staged, id);
}

absl::StatusOr<customer::v1::Customer> GetCustomer(const Reader& reader,
                                                   const customer::v1::GetCustomerRequest& request,
                                                   std::string_view language) {
  COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(reader, request.channel()).status());
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindShownCustomer(reader, request.name()));
  return ReadCustomerView(reader, std::move(record), language);
}

absl::StatusOr<customer::v1::Address> GetAddress(const Reader& reader,
                                                 const customer::v1::GetAddressRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(reader, request.channel()).status());
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindSyncedCustomer(reader, key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(reader, key));
  if (!address.has_value()) return AddressNotFound(AddressName(key));
  return AddressView(*address, customer);
}

}  // namespace comptoir::hq
