// How the customer data of a database goes when its channel database group filters it: in steps
// that are a command each, from the first to the last after any crash. (S9)
//
// It begins when nothing is owed any more: the outbox is uploaded and settled. Then rows go; then
// the files are rewritten without them.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_PURGE_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_PURGE_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "channel-service/domain/data_filter.h"
#include "common/storage/database.h"

namespace comptoir::channel {

// True if nothing keeps the purge from beginning.
absl::StatusOr<bool> MayPurge(const Reader& reader);

// One step, which removes at most so many records or rows. Returns the stage after it: kWaiting if
// it may not begin yet, kRewriting when no row is left.
absl::StatusOr<FilterStage> PurgeStep(Transaction& transaction, size_t rows_max);

// The files were rewritten since the last step. Nothing happens if the database isn't filtered any
// more.
absl::Status EndPurge(Transaction& transaction);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_PURGE_H_
