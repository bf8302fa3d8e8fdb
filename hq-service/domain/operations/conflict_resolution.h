// A person's decision on fields in conflict. (B4, F10)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICT_RESOLUTION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICT_RESOLUTION_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/conflicts.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

// The record gets the values that were decided on and loses the marks, the conflict those fields,
// all at one position. Answers what is left of it. RECORD_NOT_FOUND; INVALID_FIELDS for a request
// that isn't about the conflict's fields, and for what the record would be. A request that is
// repeated with its id is answered again.
absl::StatusOr<v1::Conflict> ResolveConflict(Transaction& transaction,
                                             const v1::ResolveConflictRequest& request,
                                             const Administrator& administrator);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICT_RESOLUTION_H_
