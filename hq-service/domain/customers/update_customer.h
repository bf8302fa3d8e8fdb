// Changing a customer at HQ. (C7, C10, L1)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_UPDATE_CUSTOMER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_UPDATE_CUSTOMER_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/domain/answered.h"
#include "hq-service/domain/customers/edits.h"

namespace comptoir::hq {

absl::StatusOr<Answered<customer::v1::Customer>> UpdateCustomer(
    Transaction& transaction, const customer::v1::UpdateCustomerRequest& request,
    const EditContext& context);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_UPDATE_CUSTOMER_H_
