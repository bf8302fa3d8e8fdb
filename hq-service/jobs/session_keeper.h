// Writes the sessions that have ended, with a coarse timer. (P6)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_SESSION_KEEPER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_SESSION_KEEPER_H_

#include <memory>

#include "common/base/executor.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class SessionKeeper : public std::enable_shared_from_this<SessionKeeper> {
 public:
  explicit SessionKeeper(std::shared_ptr<JobContext> context) : context_(std::move(context)) {}

  void Start();
  void Stop();

 private:
  void Tick();
  void TickLater();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  TimerToken timer_;
  bool running_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_SESSION_KEEPER_H_
