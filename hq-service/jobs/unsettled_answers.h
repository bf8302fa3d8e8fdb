// Answers what a channel service holds as unsettled, in bounded steps.
// Not thread-safe; lives on the executor, in a subscription.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_UNSETTLED_ANSWERS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_UNSETTLED_ANSWERS_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

// Operations that may wait to be answered; they come faster than they are.
inline constexpr size_t kUnsettledWaitingMax = 1'000'000;

class UnsettledAnswers : public std::enable_shared_from_this<UnsettledAnswers> {
 public:
  UnsettledAnswers(std::shared_ptr<JobContext> context, std::string channel_service,
                   uint64_t lineage)
      : context_(std::move(context)),
        channel_service_(std::move(channel_service)),
        lineage_(lineage),
        backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

  // They wait until Start(). False if too many wait.
  bool Add(const std::vector<v1::UnsettledOperation>& operations);
  // The channel service was admitted.
  void Start();

 private:
  void Step();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::string channel_service_;
  const uint64_t lineage_;

  Backoff backoff_;
  std::deque<v1::UnsettledOperation> waiting_;
  bool started_ = false;
  bool under_way_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_UNSETTLED_ANSWERS_H_
