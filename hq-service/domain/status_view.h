// HQ and its channel services as operators see them.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STATUS_VIEW_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STATUS_VIEW_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/replication/v1/position.pb.h"
#include "hq-service/domain/batch_jobs/live_services.h"
#include "hq-service/domain/connections.h"

namespace comptoir::hq {

// All that configuration names, ever said hello or raised an alarm, in order of their ids.
absl::StatusOr<v1::ListChannelServicesResponse> ListChannelServices(
    const Reader& reader, const std::map<std::string, ConnectionInfo>& connections,
    const LiveServices& live);

absl::StatusOr<v1::HqStatus> ReadHqStatus(const Reader& reader,
                                          const replication::v1::Epoch& epoch);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STATUS_VIEW_H_
