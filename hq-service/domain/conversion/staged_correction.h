// An edit that corrects the staged create of its customer, which HQ refused. (F5, P7)
//
// With F5 a store edits its pending customers, too. Its edit becomes part of the create as it was
// captured, over every path that it came, the create is tried again, and the edit settles with it.
// An edit that doesn't fit, because a person at HQ corrected the same, waits for the customer.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_CORRECTION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_CORRECTION_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// The create with the edit in it; nothing if there is no such create kept for a person, it is
// another channel service's, or the edit has to wait.
absl::StatusOr<std::optional<replication::v1::CreateCustomer>> CorrectedByEdit(
    const Reader& reader, const StagedRow& edit);

// Makes the edit part of the create, which becomes `corrected` and ready.
absl::Status MergeIntoCreate(Transaction& transaction, const StagedRow& edit,
                             const replication::v1::CreateCustomer& corrected, Sequence sequence);

// `create` comes to its end with this outcome: the edits that are part of it do, too. If its
// content isn't what they became part of (it came over a path of its own since), they are decided
// by themselves. `paths` are all of the create's, as read before it was settled.
absl::Status SettleMerged(Transaction& transaction, const StagedRow& create,
                          const std::vector<StagedRow>& paths, const Outcome& outcome,
                          Sequence sequence, absl::Time now);

// The customer came to HQ without the create that they are part of: they are decided by themselves.
absl::Status ReleaseMerged(Transaction& transaction, const replication::v1::Operation& create);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_CORRECTION_H_
