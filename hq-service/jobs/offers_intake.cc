#include "hq-service/jobs/offers_intake.h"

#include "common/base/status.h"
#include "hq-service/domain/recovery/adoption.h"
#include "hq-service/domain/recovery/recovery.h"

namespace comptoir::hq {

void OffersIntake::Start() {
  v1::SubscribeResponse response;
  *response.mutable_hello()->mutable_epoch() = context_->epoch;
  response.mutable_hello()->mutable_offers_wanted()->set_known_sequence(known_.value());
  listener_.write(std::move(response));
  Beat();
}

void OffersIntake::Beat() {
  if (stopped_) return;
  v1::SubscribeResponse response;
  const auto last = LastSequence(context_->environment.database.latest());
  if (!last.ok()) return listener_.failed(last.status());
  *response.mutable_heartbeat()->mutable_high_watermark() = MakePosition(context_->epoch, *last);
  listener_.write(std::move(response));
  context_->environment.executor.RunAfter(context_->options.heartbeat_interval,
                                          [weak = weak_from_this()] {
                                            if (const auto self = weak.lock()) self->Beat();
                                          });
}

void OffersIntake::Received(v1::RecordOffers offers) {
  if (under_way_) {
    return listener_.failed(MakeError(Reason::kSequenceGap, "Offers come one message at a time."));
  }
  if (absl::Status status = CheckOffers(offers); !status.ok()) {
    return listener_.failed(std::move(status));
  }
  offers_ = std::move(offers);
  under_way_ = true;
  Adopt();
}

void OffersIntake::Adopt() {
  context_->commands.RunAndPost<Sequence>(
      Priority::kBulk,
      [service = channel_service_, offers = offers_, known = known_, now = context_->Now(),
       margin = context_->options.number_margin_after_restore](
          Transaction& transaction) -> absl::StatusOr<Sequence> {
        COMPTOIR_RETURN_IF_ERROR(AdoptOffers(transaction, service, offers, known, now));
        if (offers.last()) {
          COMPTOIR_RETURN_IF_ERROR(FinishOffers(transaction, service, margin, now));
        }
        return LastSequence(transaction);
      },
      [weak = weak_from_this()](const absl::StatusOr<Sequence>& last) {
        if (const auto self = weak.lock()) self->Adopted(last);
      });
}

void OffersIntake::Adopted(const absl::StatusOr<Sequence>& last) {
  if (stopped_) return;
  const auto reason = ReasonOf(last.status());
  if (reason == Reason::kOverloaded || reason == Reason::kDiskFull) {
    context_->environment.executor.RunAfter(backoff_.Next(), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self != nullptr && !self->stopped_) self->Adopt();
    });
    return;
  }
  if (!last.ok()) return listener_.failed(last.status());
  backoff_.Reset();
  under_way_ = false;
  v1::SubscribeResponse response;
  auto& acknowledgement = *response.mutable_offers_acknowledgement();
  acknowledgement.set_number(offers_.number());
  acknowledgement.set_high_watermark(last->value());
  if (offers_.last()) {
    LogInfo(context_->environment.logger, "a channel service has offered all that HQ lost",
            {{"channel_service", channel_service_}});
  }
  listener_.write(std::move(response));
}

}  // namespace comptoir::hq
