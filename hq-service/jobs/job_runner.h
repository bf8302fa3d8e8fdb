// Makes batch jobs run: begins the runs of recurrences when they are due, ends those of P-0001, and
// clears away what a run has superseded in the feeds. Woken by commits and by the clock. (P3, P5)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_JOB_RUNNER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_JOB_RUNNER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/storage/database.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class JobRunner : public std::enable_shared_from_this<JobRunner> {
 public:
  explicit JobRunner(std::shared_ptr<JobContext> context) : context_(std::move(context)) {}

  // A run that was missed while HQ was down begins now, once.
  void Start();
  void Stop();

 private:
  void Look();
  // Reads how the jobs stand, if that has changed.
  absl::Status Refresh(const Reader& reader);
  void BeginDueRuns();
  void EndUpload();
  void Sweep();
  void LookAfter(absl::Duration delay);

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  uint64_t listener_id_ = 0;
  TimerToken timer_;
  bool running_ = false;
  bool under_way_ = false;

  // As of jobs_version_.
  bool known_ = false;
  uint64_t jobs_version_ = 0;
  absl::Time next_due_ = absl::InfiniteFuture();
  // Before this the next run is further away than one interval: the clock went back.
  absl::Time clock_min_ = absl::InfinitePast();
  // The run of P-0001 under way (0: none), and whether every open stream has heard of it.
  uint64_t upload_run_ = 0;
  bool upload_canceling_ = false;
  bool upload_heard_ = false;

  // Where the next step of the sweep begins.
  std::string sweep_from_;
  bool sweeping_ = false;
  bool sweep_again_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_JOB_RUNNER_H_
