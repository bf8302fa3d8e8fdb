// Deletes the final results that a channel service has taken, in bounded steps. What isn't final
// stays: it is how a wiped channel service reads its own work back.
// Not thread-safe; lives on the executor, in a subscription.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_RESULT_SWEEPER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_RESULT_SWEEPER_H_

#include <memory>
#include <string>

#include "common/storage/epochs.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class ResultSweeper : public std::enable_shared_from_this<ResultSweeper> {
 public:
  ResultSweeper(std::shared_ptr<JobContext> context, std::string channel_service)
      : context_(std::move(context)), channel_service_(std::move(channel_service)) {}

  // Everything up to `sequence` is durable in the channel service.
  void Acknowledged(Sequence sequence);
  // Not all of it is swept, be it that it failed: another acknowledgement is to come.
  bool is_behind() const { return swept_ < acknowledged_; }

 private:
  void Step();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::string channel_service_;

  Sequence acknowledged_;
  // Up to here all final results are gone.
  Sequence swept_;
  bool under_way_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_RESULT_SWEEPER_H_
