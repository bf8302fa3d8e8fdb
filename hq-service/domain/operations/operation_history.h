// What people did, kept with what they did it to. (P8, M7)
//
// Table staged: 'a', resource name, sequence. An entry is written in the transaction of the change
// and never changed.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_HISTORY_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_HISTORY_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/operation_history.pb.h"

namespace comptoir::hq {

inline constexpr size_t kActionsMax = 1000;

// Actions on operations.
inline constexpr char kRetryAction[] = "retry";
inline constexpr char kCorrectAction[] = "correct";
inline constexpr char kDiscardAction[] = "discard";
// On conflicts.
inline constexpr char kResolveAction[] = "resolve";

void AppendAction(Transaction& transaction, const v1::OperationAction& entry, Sequence sequence);

// The entries of a resource, oldest first, at most kActionsMax.
absl::StatusOr<std::vector<v1::OperationAction>> HistoryOf(const Reader& reader,
                                                           std::string_view resource);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_OPERATION_HISTORY_H_
