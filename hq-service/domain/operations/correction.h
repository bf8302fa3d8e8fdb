// A captured customer, address or edit as a person corrects it. Pure but for reading configuration.
// (P8)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CORRECTION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CORRECTION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"

namespace comptoir::hq {

struct Correction {
  // With what was captured as it shall be, its derived fields too.
  replication::v1::Operation operation;
  std::vector<v1::FieldDifference> changes;
};

// True if the request wants the customer under another UUID.
bool MovesToAnotherId(const v1::CorrectOperationRequest& request);

// INVALID_FIELDS for the request's own faults and for those of the customer or address as it would
// be.
absl::StatusOr<Correction> Correct(const Reader& reader,
                                   const replication::v1::Operation& operation,
                                   const v1::CorrectOperationRequest& request, absl::Time now);

// Takes what `corrected` captured, and nothing of how it came to HQ.
void TakeCaptured(const replication::v1::Operation& corrected,
                  replication::v1::Operation& operation);

// The same create for another customer, whose addresses are new ones.
replication::v1::Operation MovedCreate(const replication::v1::Operation& operation,
                                       const CustomerId& id);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CORRECTION_H_
