#include "hq-service/hq.h"

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/opening.h"
#include "hq-service/hq_impl.h"
#include "hq-service/jobs/subscription.h"
#include "hq-service/jobs/upload_session.h"

namespace comptoir::hq {

absl::StatusOr<std::unique_ptr<Hq>> Hq::Open(const HqEnvironment& environment,
                                             const HqOptions& options) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch,
                            OpenDatabase(environment.database, environment.random));
  LogInfo(environment.logger, "HQ begins an epoch",
          {{"epoch", epoch.counter()}, {"first_sequence", epoch.first_sequence()}});
  return std::make_unique<HqImpl>(environment, options, epoch);
}

HqImpl::HqImpl(const HqEnvironment& environment, const HqOptions& options,
               const replication::v1::Epoch& epoch)
    : context_(std::make_shared<JobContext>(environment, options, epoch)),
      converter_(std::make_shared<Converter>(context_)),
      job_runner_(std::make_shared<JobRunner>(context_)),
      request_expiry_(std::make_shared<RequestExpiry>(context_)),
      customer_follower_(std::make_shared<CustomerFollower>(context_)) {}

std::unique_ptr<StreamReader<v1::UploadRequest>> HqImpl::UploadOperations(
    std::unique_ptr<StreamWriter<v1::UploadResponse>> writer) {
  return OpenUploadSession(context_, std::move(writer));
}

std::unique_ptr<StreamReader<v1::SubscribeRequest>> HqImpl::SubscribeChanges(
    std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer) {
  return OpenSubscription(context_, std::move(writer));
}

void HqImpl::Start() {
  context_->stopped = false;
  converter_->Start();
  job_runner_->Start();
  request_expiry_->Start();
  customer_follower_->Start();
}

void HqImpl::Stop() {
  converter_->Stop();
  job_runner_->Stop();
  request_expiry_->Stop();
  customer_follower_->Stop();
  context_->stopped = true;
  context_->open_streams.EndAll(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
}

}  // namespace comptoir::hq
