// Records that stores offered after a restore and HQ didn't take: a person decides.
//
// Table meta: "hq/restore-conflict/", the record's key, the offered version: RestoreConflictRecord.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RESTORE_CONFLICTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RESTORE_CONFLICTS_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/reason.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

// The same version of a record is listed once, whoever offers it.
absl::Status ListRestoreConflict(Transaction& transaction, std::string_view channel_service,
                                 const v1::RecordOffer& offer, Reason reason, absl::Time now);

// Addresses that were listed because their customer hadn't come: they are listed no more.
absl::StatusOr<std::vector<v1::RecordOffer>> TakeListedAddresses(Transaction& transaction,
                                                                 const CustomerId& customer);

absl::StatusOr<v1::ListRestoreConflictsResponse> ListRestoreConflicts(
    const Reader& reader, const v1::ListRestoreConflictsRequest& request);

// Audited. RECORD_NOT_FOUND; NUMBER_SEQUENCE_… if it needs a new number and there is none;
// CUSTOMER_NOT_FOUND for an address whose customer HQ still lacks, or is to be decided on first:
// who takes a customer takes its waiting addresses, too.
absl::StatusOr<v1::RestoreConflict> ResolveRestoreConflict(
    Transaction& transaction, const v1::ResolveRestoreConflictRequest& request,
    const Administrator& administrator);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RESTORE_CONFLICTS_H_
