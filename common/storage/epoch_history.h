// Two databases that were one once: up to where their histories are the same, and how the one that
// was restored to an earlier state keeps clear of what it gave before.

#ifndef COMPTOIR_COMMON_STORAGE_EPOCH_HISTORY_H_
#define COMPTOIR_COMMON_STORAGE_EPOCH_HISTORY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir {

// The last sequence of the latest of `epochs` that this database knows: what a reader that has read
// in them holds of it. 0 if it knows none of them.
absl::StatusOr<Sequence> EndOfCommonHistory(const Reader& reader,
                                            absl::Span<const replication::v1::Epoch> epochs);

// From now on every sequence given is above `sequence`.
absl::Status RaiseLastSequence(Transaction& transaction, Sequence sequence);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_EPOCH_HISTORY_H_
