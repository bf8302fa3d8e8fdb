// Takes back what HQ has lost: records that a store still has after HQ's database was restored.
//
// Versions of the lost history and HQ's own cannot be compared with each other. What HQ lacks it
// adopts: same UUID, same account number. What HQ has and hasn't changed since the common history
// it takes in the newest version that is offered: no acknowledged edit is lost. What HQ has changed
// since, or cannot have beside what it has, is listed for a person (restore_conflicts.h). Whatever
// is decided gets a version above all of the lost history, so that it replaces what stores hold.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_ADOPTION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_ADOPTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/recovery.pb.h"

namespace comptoir::hq {

// Of one message.
inline constexpr int kOffersPerMessageMax = 1000;

// Fails, without touching a database, for offers that AdoptOffers could not take.
absl::Status CheckOffers(const v1::RecordOffers& offers);

// One commit. `known`: as of Greet(). REQUIRES: CheckOffers. Taking them again changes nothing.
absl::Status AdoptOffers(Transaction& transaction, const std::string& channel_service,
                         const v1::RecordOffers& offers, Sequence known, absl::Time now);

// A create that settles on a customer which HQ has taken back: addresses that came with it are made
// from the operation if no store had them yet. Changes nothing for any other operation.
absl::Status TakeAddressesOfCreate(Transaction& transaction,
                                   const replication::v1::Operation& operation, Sequence sequence,
                                   absl::Time now);

// What a person decides about one that was listed: it takes the place of HQ's, with a new account
// number if `new_number` isn't empty.
absl::Status TakeOffered(Transaction& transaction, const storage::v1::RestoreConflictRecord& listed,
                         const std::string& new_number, Sequence sequence, absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_ADOPTION_H_
