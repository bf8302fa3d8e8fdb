// What is missing or doubtful in the configuration as it is. (M4, D4, A6)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_CHECK_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_CHECK_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "hq-service/domain/batch_jobs/jobs_view.h"

namespace comptoir::hq {

// Errors first.
absl::StatusOr<v1::CheckConfigurationResponse> CheckConfiguration(const Reader& reader,
                                                                  const JobsViewOptions& options);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_CHECK_H_
