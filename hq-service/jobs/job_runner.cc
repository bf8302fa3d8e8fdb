#include "hq-service/jobs/job_runner.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {
namespace {

// A wake-up may be missed; the clock may go back.
constexpr absl::Duration kLookInterval = absl::Seconds(30);
constexpr absl::Duration kRetryInterval = absl::Seconds(1);
constexpr size_t kSweepRowsMax = 500;

}  // namespace

void JobRunner::Start() {
  if (running_) return;
  running_ = true;
  listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
  Look();
}

void JobRunner::Stop() {
  running_ = false;
  context_->signal->Forget(listener_id_);
  context_->environment.executor.Cancel(timer_);
}

void JobRunner::Look() {
  if (!running_ || under_way_) return;
  const auto snapshot = context_->environment.database.NewReader();
  if (!Refresh(*snapshot).ok()) return LookAfter(kRetryInterval);
  const absl::Time now = context_->Now();
  if (next_due_ <= now || now < clock_min_) return BeginDueRuns();
  if (upload_run_ != 0 && upload_heard_ && (upload_canceling_ || context_->owing_uploads.empty())) {
    return EndUpload();
  }
  LookAfter(std::min(kLookInterval, next_due_ - now));
}

absl::Status JobRunner::Refresh(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, JobsVersion(reader));
  if (known_ && version == jobs_version_) return absl::OkStatus();
  next_due_ = absl::InfiniteFuture();
  clock_min_ = absl::InfinitePast();
  for (const BatchJobInfo& info : AllBatchJobs()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto job, ReadBatchJob(reader, info.id));
    COMPTOIR_ASSIGN_OR_RETURN(const auto progress, ReadProgress(reader, info.id));
    // What is due while a run is under way begins after it.
    const auto due = NextDue(job, progress);
    if (due.has_value() && progress.executing_run() == 0) {
      next_due_ = std::min(next_due_, *due);
      clock_min_ = std::max(clock_min_, *due - IntervalOf(job));
    }
    if (info.id != kUploadJob) continue;
    upload_canceling_ = progress.canceling();
    if (upload_run_ == progress.executing_run()) continue;
    upload_run_ = progress.executing_run();
    upload_heard_ = upload_run_ == 0;
    if (upload_heard_) continue;
    // The streams hear of it by the same signal, after this.
    context_->environment.executor.Post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->upload_heard_ = true;
      self->Look();
    });
  }
  jobs_version_ = version;
  known_ = true;
  Sweep();
  return absl::OkStatus();
}

void JobRunner::BeginDueRuns() {
  under_way_ = true;
  context_->commands.RunAndPost(
      Priority::kBulk,
      [now = context_->Now()](Transaction& transaction) -> absl::Status {
        for (const BatchJobInfo& info : AllBatchJobs()) {
          COMPTOIR_RETURN_IF_ERROR(RunDueJob(transaction, info, now));
        }
        return absl::OkStatus();
      },
      [weak = weak_from_this()](const absl::Status& begun) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->under_way_ = false;
        if (begun.ok()) return self->Look();
        self->LookAfter(kRetryInterval);
      });
}

void JobRunner::EndUpload() {
  under_way_ = true;
  context_->commands.RunAndPost(
      Priority::kBulk,
      [run = upload_run_, now = context_->Now()](Transaction& transaction) -> absl::Status {
        return EndRun(transaction, kUploadJob, run, v1::JOB_STATE_ENDED, "", now);
      },
      [weak = weak_from_this()](const absl::Status& ended) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->under_way_ = false;
        if (ended.ok()) return self->Look();
        self->LookAfter(kRetryInterval);
      });
}

void JobRunner::Sweep() {
  if (sweeping_) {
    sweep_again_ = true;
    return;
  }
  const auto found =
      FindSuperseded(context_->environment.database.latest(), sweep_from_, kSweepRowsMax);
  // The next change of a job tries again.
  if (!found.ok()) return;
  sweep_from_ = found->next;
  if (found->keys.empty() && found->next.empty()) return;
  sweeping_ = true;
  context_->commands.RunAndPost(
      Priority::kBulk,
      [keys = found->keys](Transaction& transaction) -> absl::Status {
        return DeleteSuperseded(transaction, keys);
      },
      [weak = weak_from_this()](const absl::Status&) {
        const auto self = weak.lock();
        if (self == nullptr || !self->running_) return;
        self->sweeping_ = false;
        const bool again = std::exchange(self->sweep_again_, false);
        if (again || !self->sweep_from_.empty()) self->Sweep();
      });
}

void JobRunner::LookAfter(absl::Duration delay) {
  if (!running_) return;
  context_->environment.executor.Cancel(timer_);
  timer_ = context_->environment.executor.RunAfter(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
}

}  // namespace comptoir::hq
