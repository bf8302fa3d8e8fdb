// Batch jobs as administrators see them. (P5, P11)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOBS_VIEW_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOBS_VIEW_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/batch_jobs/live_services.h"

namespace comptoir::hq {

struct JobsViewOptions {
  absl::Time now;
  // Work that waits longer is worth a warning.
  absl::Duration waiting_warning_after = absl::Minutes(5);
  // BCP 47.
  std::string language = "en";
  LiveServices live;
};

// RECORD_NOT_FOUND if nothing has this name.
absl::StatusOr<const BatchJobInfo*> RequireBatchJob(std::string_view name);

absl::StatusOr<v1::JobInfo> ReadJob(const Reader& reader, const BatchJobInfo& info,
                                    const JobsViewOptions& options);
absl::StatusOr<v1::ListJobsResponse> ListJobs(const Reader& reader, const JobsViewOptions& options);
absl::StatusOr<v1::ListJobRunsResponse> ListJobRuns(const Reader& reader, std::string_view name);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOBS_VIEW_H_
