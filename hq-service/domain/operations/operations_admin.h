// Staged operations as administrators find them. (P8, M1)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATIONS_ADMIN_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATIONS_ADMIN_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"

namespace comptoir::hq {

// Operations that one page looks at; the rest is left to the next.
inline constexpr size_t kOperationsLookedAtMax = 2000;

absl::StatusOr<v1::ListOperationsResponse> ListOperations(const Reader& reader,
                                                          const v1::ListOperationsRequest& request);
absl::StatusOr<v1::StagedOperationInfo> GetOperation(const Reader& reader,
                                                     const v1::GetOperationRequest& request);

// Why operations wait for numbers, of the first group that does; empty if none does.
absl::StatusOr<std::string> ConversionReason(const Reader& reader);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATIONS_ADMIN_H_
