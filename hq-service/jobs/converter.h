// The job "Synchronize customers and channel requests", continuous: converts what is staged, one
// command at a time, woken by commits and by the clock. (P1, P3, P4, P5, P12)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/backoff.h"
#include "common/base/executor.h"
#include "common/storage/database.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class Converter : public std::enable_shared_from_this<Converter> {
 public:
  explicit Converter(std::shared_ptr<JobContext> context);

  void Start();
  void Stop();

 private:
  // Converts the next operations, if there are any and none are under way.
  void Step();
  void Converted(const absl::Status& status);
  // Comes back for the next retry, or to look whether a wake-up was missed.
  void Wait(const Reader& reader);
  void StepAfter(absl::Duration delay);

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  Backoff backoff_;
  uint64_t listener_id_ = 0;
  TimerToken timer_;
  bool running_ = false;
  bool under_way_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_
