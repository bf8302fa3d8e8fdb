// Adding, changing and deactivating an address at HQ. (A1–A8, A10, C10)
//
// Which address is primary is kept in the customer's record, so that exactly one can be and making
// another one primary is one write. Nothing here reads more than one address and its successor.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_ADDRESSES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_ADDRESSES_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/domain/answered.h"
#include "hq-service/domain/customers/edits.h"

namespace comptoir::hq {

// The request id of the context is the address's id: a repeated create is answered from its record.
absl::StatusOr<Answered<customer::v1::Address>> CreateAddress(
    Transaction& transaction, const customer::v1::CreateAddressRequest& request,
    const EditContext& context);

absl::StatusOr<Answered<customer::v1::Address>> UpdateAddress(
    Transaction& transaction, const customer::v1::UpdateAddressRequest& request,
    const EditContext& context);

absl::StatusOr<Answered<customer::v1::Address>> DeactivateAddress(
    Transaction& transaction, const customer::v1::DeactivateAddressRequest& request,
    const EditContext& context);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_ADDRESSES_H_
