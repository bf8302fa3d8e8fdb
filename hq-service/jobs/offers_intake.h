// Asks a channel service for its offers of what HQ has lost and takes them, one message at a time,
// each durable before it is acknowledged. Lives on the executor, for as long as its stream.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_OFFERS_INTAKE_H_
#define COMPTOIR_HQ_SERVICE_JOBS_OFFERS_INTAKE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/base/backoff.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class OffersIntake : public std::enable_shared_from_this<OffersIntake> {
 public:
  struct Listener {
    // What the channel service is to be told.
    std::function<void(v1::SubscribeResponse)> write;
    // The stream cannot go on.
    std::function<void(absl::Status)> failed;
  };
  // `known`: as of Greet().
  OffersIntake(std::shared_ptr<JobContext> context, std::string channel_service, Sequence known,
               Listener listener)
      : context_(std::move(context)),
        channel_service_(std::move(channel_service)),
        known_(known),
        listener_(std::move(listener)),
        backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

  // Asks for them, and says from now on that HQ is alive.
  void Start();
  void Received(v1::RecordOffers offers);
  // Nobody is told any more.
  void Stop() { stopped_ = true; }

 private:
  void Beat();
  void Adopt();
  void Adopted(const absl::StatusOr<Sequence>& last);

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::string channel_service_;
  const Sequence known_;
  const Listener listener_;

  Backoff backoff_;
  // The message that is being taken, if one is.
  v1::RecordOffers offers_;
  bool under_way_ = false;
  bool stopped_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_OFFERS_INTAKE_H_
