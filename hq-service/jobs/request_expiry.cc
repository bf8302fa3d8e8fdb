#include "hq-service/jobs/request_expiry.h"

#include "common/storage/request_log.h"

namespace comptoir::hq {
namespace {

constexpr absl::Duration kExpiryInterval = absl::Hours(1);
constexpr size_t kRequestsPerStepMax = 1000;

}  // namespace

void RequestExpiry::Start() {
  if (running_) return;
  running_ = true;
  StepAfter(kExpiryInterval);
}

void RequestExpiry::StepAfter(absl::Duration delay) {
  context_->environment.executor.RunAfter(delay, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self != nullptr && self->running_) self->Step();
  });
}

void RequestExpiry::Step() {
  context_->commands.RunAndPost<size_t>(
      Priority::kBulk,
      [now = context_->Now()](Transaction& transaction) {
        return ForgetOldRequests(transaction, now, kRequestsPerStepMax);
      },
      [weak = weak_from_this()](const absl::StatusOr<size_t>& forgotten) {
        const auto self = weak.lock();
        if (self == nullptr || !self->running_) return;
        const bool more = forgotten.ok() && *forgotten == kRequestsPerStepMax;
        self->StepAfter(more ? absl::ZeroDuration() : kExpiryInterval);
      });
}

}  // namespace comptoir::hq
