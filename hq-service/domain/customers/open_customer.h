// A customer that was found at HQ alone comes into the channel where it is opened. (V6)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_OPEN_CUSTOMER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_OPEN_CUSTOMER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/visibility_service.pb.h"
#include "hq-service/domain/answered.h"

namespace comptoir::hq {

// Puts the customer into the channel's address books, unless the channel receives it anyway.
absl::StatusOr<Answered<v1::OpenCustomerResponse>> OpenCustomer(
    Transaction& transaction, const v1::OpenCustomerRequest& request, absl::Time now,
    std::string_view language);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_OPEN_CUSTOMER_H_
