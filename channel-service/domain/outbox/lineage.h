// One history of the outbox: whether HQ still speaks of the same one, and how a new one begins.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_LINEAGE_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_LINEAGE_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

// Begins the epoch of this run of the service, and the first lineage if there is none. To be
// committed before anything else.
absl::Status BeginRun(Transaction& transaction, Random& random);

// After which sequence to upload, given what HQ says it holds. Nothing if the two don't belong
// together: our database was restored, wiped or copied (it doesn't know HQ's position), or HQ's was
// (it has lost what it acknowledged). Then a new lineage must begin.
absl::StatusOr<std::optional<uint64_t>> UploadAfter(const Reader& reader,
                                                    const hq::v1::UploadHelloReply& reply);

// Begins a new lineage: all unsettled operations, those put back first, numbered from 1 and queued
// again; one request to one customer only once. HQ recognises those it knows by both. One
// transaction, however many they are: half of a lineage is none.
absl::Status BeginLineage(Transaction& transaction, uint64_t lineage, Random& random);

// Random, never 0: that says "none".
uint64_t NewLineage(Random& random);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_LINEAGE_H_
