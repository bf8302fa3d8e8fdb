// Operations as administrators name and see them. (M1)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_VIEW_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_VIEW_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// "operations/{channel service}/{lineage}/{sequence}".
struct OperationName {
  std::string channel_service;
  OperationAddress address;
};

std::string NameOf(const TakenOperation& taken);
absl::StatusOr<OperationName> ParseOperationName(std::string_view name);

// As in lists, but for the account number.
v1::StagedOperationInfo InfoOf(const StagedRow& row);
// Sets the account number, if HQ has the customer.
absl::Status SetAccountNumber(const Reader& reader, v1::StagedOperationInfo& info);
// With what was captured, and what people did.
absl::StatusOr<v1::StagedOperationInfo> FullInfoOf(const Reader& reader, const StagedRow& row);

// What is left to see of a discarded operation, whose last audit entry is the discard.
v1::StagedOperationInfo DiscardedInfo(const std::vector<v1::OperationAction>& history);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_VIEW_H_
