// Forgets outcomes of requests that nobody can repeat any more, in bounded steps. (C10)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_REQUEST_EXPIRY_H_
#define COMPTOIR_HQ_SERVICE_JOBS_REQUEST_EXPIRY_H_

#include <memory>

#include "absl/time/time.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class RequestExpiry : public std::enable_shared_from_this<RequestExpiry> {
 public:
  explicit RequestExpiry(std::shared_ptr<JobContext> context) : context_(std::move(context)) {}

  void Start();
  void Stop() { running_ = false; }

 private:
  void StepAfter(absl::Duration delay);
  void Step();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  bool running_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_REQUEST_EXPIRY_H_
