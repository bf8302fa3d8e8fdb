// A batch of HQ's changes, applied with its cursors in one transaction.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_

#include "absl/status/status.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

// STORAGE_CORRUPT for a batch that cannot be applied. Pure: what HQ sends is checked before a
// command runs.
absl::Status CheckBatch(const hq::v1::ChangeBatch& batch);

// DIVERGED, before anything is written, if a result speaks of an operation of our lineage that we
// never made: our database was restored or copied, and a new lineage must begin before the results
// are read. Where customer data is filtered, nothing of customers is read. REQUIRES: CheckBatch.
absl::Status ApplyBatch(Transaction& transaction, const hq::v1::ChangeBatch& batch);

// True if the batch brings configuration.
bool BringsConfiguration(const hq::v1::ChangeBatch& batch);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_
