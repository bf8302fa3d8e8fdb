// Who changed what in the configuration, when, from which value to which; kept for ever. (M7)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_AUDIT_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_AUDIT_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

void PutAuditEntry(Transaction& transaction, const v1::ConfigurationChange& change,
                   const Administrator& administrator, Sequence sequence);

// Newest first.
absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
    const Reader& reader, const v1::ListAuditEntriesRequest& request);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_AUDIT_H_
