// The batch job methods of HQ.

#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/job_runs.h"
#include "hq-service/domain/jobs_view.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {

JobsViewOptions HqImpl::JobsViewFor(const CallContext& call) const {
  return {.now = context_->Now(),
          .waiting_warning_after = context_->options.waiting_warning_after,
          .language = call.language};
}

void HqImpl::Administer(const v1::ListJobsRequest&, const CallContext& call,
                        Done<v1::ListJobsResponse> done) {
  done(ListJobs(*context_->environment.database.NewReader(), JobsViewFor(call)));
}

void HqImpl::Administer(const v1::RunJobRequest& request, const CallContext& call,
                        Done<v1::JobRun> done) {
  const auto info = RequireBatchJob(request.name());
  if (!info.ok()) return done(info.status());
  Change<v1::JobRun>(std::move(done), [info = *info, administrator = AdministratorOf(call)](
                                          Transaction& transaction) {
    return RunJob(transaction, *info, administrator);
  });
}

void HqImpl::Administer(const v1::CancelJobRequest& request, const CallContext& call,
                        Done<v1::JobInfo> done) {
  const auto info = RequireBatchJob(request.name());
  if (!info.ok()) return done(info.status());
  Change<v1::JobInfo>(
      std::move(done),
      [info = *info, administrator = AdministratorOf(call),
       options = JobsViewFor(call)](Transaction& transaction) -> absl::StatusOr<v1::JobInfo> {
        COMPTOIR_RETURN_IF_ERROR(CancelJob(transaction, *info, administrator));
        return ReadJob(transaction, *info, options);
      });
}

void HqImpl::Administer(const v1::ListJobRunsRequest& request, const CallContext&,
                        Done<v1::ListJobRunsResponse> done) {
  done(ListJobRuns(*context_->environment.database.NewReader(), request.name()));
}

}  // namespace comptoir::hq
