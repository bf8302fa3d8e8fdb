#include "hq-service/hq.h"

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/opening.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/hq_impl.h"
#include "hq-service/jobs/event_stream.h"
#include "hq-service/jobs/subscription.h"
#include "hq-service/jobs/upload_session.h"

namespace comptoir::hq {

absl::StatusOr<std::unique_ptr<Hq>> Hq::Open(const HqEnvironment& environment,
                                             const HqOptions& options) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch,
                            OpenDatabase(environment.database, environment.random,
                                         {.restored = options.restored,
                                          .check = options.restore_check_max > absl::ZeroDuration(),
                                          .number_margin = options.number_margin_after_restore,
                                          .now = environment.clock.Now()}));
  LogInfo(environment.logger, "HQ begins an epoch",
          {{"epoch", epoch.counter()}, {"first_sequence", epoch.first_sequence()}});
  auto hq = std::make_unique<HqImpl>(environment, options, epoch);
  COMPTOIR_RETURN_IF_ERROR(hq->Load());
  return hq;
}

HqImpl::HqImpl(const HqEnvironment& environment, const HqOptions& options,
               const replication::v1::Epoch& epoch)
    : context_(std::make_shared<JobContext>(environment, options, epoch)),
      converter_(std::make_shared<Converter>(context_)),
      job_runner_(std::make_shared<JobRunner>(context_)),
      request_expiry_(std::make_shared<RequestExpiry>(context_)),
      session_keeper_(std::make_shared<SessionKeeper>(context_)),
      customer_follower_(std::make_shared<CustomerFollower>(context_)) {}

absl::Status HqImpl::Load() { return context_->sessions.Load(); }

std::unique_ptr<StreamReader<v1::UploadRequest>> HqImpl::UploadOperations(
    std::unique_ptr<StreamWriter<v1::UploadResponse>> writer) {
  return OpenUploadSession(context_, std::move(writer));
}

std::unique_ptr<StreamReader<v1::SubscribeRequest>> HqImpl::SubscribeChanges(
    std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer) {
  return OpenSubscription(context_, std::move(writer));
}

std::unique_ptr<StreamSource> HqImpl::StreamCustomerEvents(
    const v1::StreamCustomerEventsRequest& request, const CallContext& call,
    std::unique_ptr<StreamWriter<v1::CustomerEvent>> writer) {
  return OpenEventStream(context_, request, call.language, std::move(writer));
}

void HqImpl::Start() {
  context_->stopped = false;
  converter_->Start();
  job_runner_->Start();
  request_expiry_->Start();
  customer_follower_->Start();
  session_keeper_->Start();
  EndCheckLater();
}

void HqImpl::EndCheckLater() {
  context_->environment.executor.RunAfter(
      context_->options.restore_check_max, [context = context_] {
        const auto wait = NumbersWait(context->environment.database.latest());
        if (context->stopped || (wait.ok() && !*wait)) return;
        context->commands.RunAndPost(
            Priority::kPrompt,
            [](Transaction& transaction) -> absl::Status { return EndCheck(transaction); },
            [](const absl::Status&) {});
      });
}

void HqImpl::Stop() {
  converter_->Stop();
  job_runner_->Stop();
  request_expiry_->Stop();
  session_keeper_->Stop();
  customer_follower_->Stop();
  context_->stopped = true;
  context_->open_streams.EndAll(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
}

}  // namespace comptoir::hq
