// Staged operations as administrators see them, and their retry. (P8, M1)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_ADMIN_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_ADMIN_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"

namespace comptoir::hq {

absl::StatusOr<v1::ListOperationsResponse> ListOperations(const Reader& reader,
                                                          const v1::ListOperationsRequest& request);

// Makes an operation ready at once, with all its tries before it. One that is ready already stays
// so: a retry may be repeated.
absl::StatusOr<v1::StagedOperationInfo> RetryOperation(Transaction& transaction,
                                                       const v1::RetryOperationRequest& request);

// Why conversion waits as a whole; empty if it doesn't.
absl::StatusOr<std::string> ConversionReason(const Reader& reader);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_ADMIN_H_
