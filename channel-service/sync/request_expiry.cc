#include "channel-service/sync/request_expiry.h"

#include "common/storage/request_log.h"

namespace comptoir::channel {
namespace {

constexpr absl::Duration kInterval = absl::Hours(1);
constexpr size_t kRowsPerStepMax = 1000;

}  // namespace

void RequestExpiry::Start() {
  running_ = true;
  StepAfter(kInterval);
}

void RequestExpiry::StepAfter(absl::Duration delay) {
  environment_.executor.RunAfter(delay, alive_.Guard([this] {
    if (running_) Step();
  }));
}

void RequestExpiry::Step() {
  SubmitFor<size_t>(
      environment_.submitter, Priority::kBulk,
      [now = environment_.clock.Now()](Transaction& transaction) {
        return ForgetOldRequests(transaction, now, kRowsPerStepMax);
      },
      alive_.GuardOn(environment_.executor,
                     [this](const absl::StatusOr<size_t>& forgotten) { Forgot(forgotten); }));
}

void RequestExpiry::Forgot(const absl::StatusOr<size_t>& forgotten) {
  const bool more = forgotten.ok() && *forgotten == kRowsPerStepMax;
  StepAfter(more ? absl::ZeroDuration() : kInterval);
}

}  // namespace comptoir::channel
