// Lets what belongs to customers follow them into address books and out of them, in bounded steps
// that any commit may come between. (V8)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_FOLLOWER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_FOLLOWER_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "common/base/backoff.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class CustomerFollower : public std::enable_shared_from_this<CustomerFollower> {
 public:
  explicit CustomerFollower(std::shared_ptr<JobContext> context)
      : context_(std::move(context)),
        backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

  // Goes on with what was left to do, and looks again after each commit.
  void Start();
  void Stop();

 private:
  void Look();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  uint64_t listener_id_ = 0;
  bool running_ = false;
  bool under_way_ = false;
  Backoff backoff_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_FOLLOWER_H_
