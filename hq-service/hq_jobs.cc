// The batch job methods of HQ.

#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/batch_jobs/jobs_view.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {

JobsViewOptions HqImpl::JobsViewFor(const JobContext& context, const CallContext& call) {
  return {.now = context.Now(),
          .waiting_warning_after = context.options.waiting_warning_after,
          .language = call.language,
          .live = context.sessions.Live()};
}

void HqImpl::Administer(const v1::ListJobsRequest&, const CallContext& call,
                        Done<v1::ListJobsResponse> done) {
  OnExecutor(done, [context = context_, call, done] {
    done(ListJobs(*context->environment.database.NewReader(), JobsViewFor(*context, call)));
  });
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
  OnExecutor(done,
             [context = context_, info = *info, administrator = AdministratorOf(call), call, done] {
               context->commands.Run<v1::JobInfo>(
                   Priority::kInteractive,
                   [info, administrator, options = JobsViewFor(*context, call)](
                       Transaction& transaction) -> absl::StatusOr<v1::JobInfo> {
                     COMPTOIR_RETURN_IF_ERROR(CancelJob(transaction, *info, administrator));
                     return ReadJob(transaction, *info, options);
                   },
                   done);
             });
}

void HqImpl::Administer(const v1::ListJobRunsRequest& request, const CallContext&,
                        Done<v1::ListJobRunsResponse> done) {
  done(ListJobRuns(*context_->environment.database.NewReader(), request.name()));
}

}  // namespace comptoir::hq
