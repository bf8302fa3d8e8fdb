// What a person does about a refused operation: retry, correct, discard. (P8)
//
// A create that came over several channel services lies here as several rows; what is done to one
// is done to all. Each action is audited in its transaction.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_ACTIONS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_ACTIONS_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

inline constexpr size_t kDiscardReasonCharactersMax = 1000;

// Makes the operation ready, with all its tries before it.
absl::StatusOr<v1::StagedOperationInfo> RetryOperation(Transaction& transaction,
                                                       const v1::RetryOperationRequest& request,
                                                       const Administrator& administrator);

// Changes what the operation captured and makes it ready; or, if the request names another UUID,
// applies it under that one. `new_id` is for a request that wants HQ's.
absl::StatusOr<v1::StagedOperationInfo> CorrectOperation(Transaction& transaction,
                                                         const v1::CorrectOperationRequest& request,
                                                         const Uuid& new_id,
                                                         const Administrator& administrator);

absl::StatusOr<v1::StagedOperationInfo> DiscardOperation(Transaction& transaction,
                                                         const v1::DiscardOperationRequest& request,
                                                         const Administrator& administrator);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_ACTIONS_H_
