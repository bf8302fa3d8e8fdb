// A refused edit as a person sees and corrects it: the customer or address as the edit would make
// it. (P8)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_EDIT_CORRECTION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_EDIT_CORRECTION_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "hq-service/domain/operations/correction.h"

namespace comptoir::hq {

// HQ's record with the values of the edit; where HQ has none, of what the edit itself knows.
absl::StatusOr<customer::v1::Customer> CustomerAsEdited(
    const Reader& reader, const replication::v1::Operation& operation);
absl::StatusOr<customer::v1::Address> AddressAsEdited(const Reader& reader,
                                                      const replication::v1::Operation& operation);

// What is corrected replaces what HQ holds now: whoever corrects has seen it. INVALID_FIELDS.
absl::StatusOr<Correction> CorrectEdit(const Reader& reader,
                                       const replication::v1::Operation& operation,
                                       const v1::CorrectOperationRequest& request, absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_EDIT_CORRECTION_H_
