// Reading customers and addresses at HQ. (P9, L4)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_READS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_READS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

// The customer of a name: "customers/{uuid}" or "accountNumbers/{account number}", which must be
// one.
absl::StatusOr<CustomerId> CustomerOfName(const Reader& reader, std::string_view name);

// By UUID or account number. A customer that is only staged is shown as pending.
absl::StatusOr<storage::v1::CustomerRecord> FindShownCustomer(const Reader& reader,
                                                              std::string_view name);
absl::StatusOr<customer::v1::Customer> GetCustomer(const Reader& reader,
                                                   const customer::v1::GetCustomerRequest& request,
                                                   std::string_view language);
absl::StatusOr<customer::v1::Address> GetAddress(const Reader& reader,
                                                 const customer::v1::GetAddressRequest& request);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_READS_H_
