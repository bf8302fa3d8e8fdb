// What waits for an account number, by customer group: a number sequence holds up the customers of
// its own groups and no others. By group, not by sequence: which sequence a group has may change
// while they wait. (P12)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_NUMBER_QUEUE_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_NUMBER_QUEUE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// The customer groups whose creates wait, and the first of each.
struct WaitingGroup {
  std::string customer_group;  // empty: of no group
  StagedPlace first;
};
// More groups than a chain has; each is one seek.
inline constexpr size_t kWaitingGroupsMax = 10'000;
absl::StatusOr<std::vector<WaitingGroup>> WaitingForNumbers(const Reader& reader);

// The first places of those whose sequence gives a number now.
absl::StatusOr<std::vector<StagedPlace>> NumberedNow(const Reader& reader, size_t places_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_NUMBER_QUEUE_H_
