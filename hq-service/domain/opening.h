// HQ's database when the service starts.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPENING_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPENING_H_

#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/position.pb.h"
#include "hq-service/domain/recovery/recovery.h"

namespace comptoir::hq {

// Checks the schema, begins an epoch and, the first time, makes the chain's digest key.
absl::StatusOr<replication::v1::Epoch> OpenDatabase(Database& database, Random& random,
                                                    const RecoveryStart& recovery);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPENING_H_
