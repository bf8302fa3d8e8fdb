#include "channel-service/sync/stream_keeper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "channel-service/domain/hq_client.h"
#include "common/base/status.h"

namespace comptoir::channel {
namespace {

constexpr absl::Duration kTickInterval = absl::Seconds(1);
constexpr absl::Duration kReconnectDelayMin = absl::Milliseconds(100);
constexpr absl::Duration kSlowReconnectDelayMin = absl::Seconds(2);
constexpr absl::Duration kSlowReconnectDelayMax = absl::Seconds(30);

std::optional<Alarm> AlarmOf(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kUnauthenticated) return Alarm::kUnauthenticated;
  const auto reason = ReasonOf(status);
  if (!reason.has_value()) return std::nullopt;
  switch (*reason) {
    case Reason::kDiverged:
      return Alarm::kDiverged;
    case Reason::kLineageFenced:
      return Alarm::kLineageFenced;
    case Reason::kProtocolVersion:
      return Alarm::kProtocolVersion;
    case Reason::kStorageCorrupt:
      return Alarm::kChangesCorrupt;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool NeedsOperator(const absl::Status& status, Alarms* alarms) {
  const auto alarm = AlarmOf(status);
  if (alarm.has_value() && alarms != nullptr) alarms->Raise(*alarm);
  return alarm.has_value() || status.code() == absl::StatusCode::kPermissionDenied ||
         status.code() == absl::StatusCode::kUnimplemented;
}

StreamKeeper::StreamKeeper(Executor& executor, Random& random, absl::Duration delay_max,
                           Actions actions)
    : executor_(executor),
      actions_(std::move(actions)),
      backoff_(random, {.initial = std::min(kReconnectDelayMin, delay_max), .max = delay_max}),
      slow_backoff_(random, {.initial = kSlowReconnectDelayMin, .max = kSlowReconnectDelayMax}) {}

void StreamKeeper::SetHeld(Hold hold, bool held) {
  const bool was_held = this->held();
  const auto bit = static_cast<unsigned>(hold);
  holds_ = held ? holds_ | bit : holds_ & ~bit;
  if (this->held() == was_held) return;
  executor_.Cancel(timer_);
  if (!held) {
    if (!open_) OpenAfter(absl::ZeroDuration());
  } else if (open_) {
    actions_.close();
  }
}

void StreamKeeper::Closed(const absl::Status& status) {
  open_ = false;
  executor_.Cancel(timer_);
  waits_for_hq_ = ClassifyCall(status) == CallEnd::kUnreachable;
  if (held()) return;
  OpenAfter(NeedsOperator(status, nullptr) ? slow_backoff_.Next() : backoff_.Next());
}

void StreamKeeper::HqAnswers() {
  // What HQ ended with a reason would be again: two such streams would open each other for ever.
  if (open_ || held() || !waits_for_hq_) return;
  executor_.Cancel(timer_);
  OpenAfter(absl::ZeroDuration());
}

void StreamKeeper::OpenAfter(absl::Duration delay) {
  timer_ = executor_.RunAfter(delay, alive_.Guard([this] { Open(); }));
}

void StreamKeeper::Open() {
  if (held() || open_) return;
  open_ = true;
  timer_ = executor_.RunAfter(kTickInterval, alive_.Guard([this] { Tick(); }));
  actions_.open();
}

void StreamKeeper::Tick() {
  if (!open_) return;
  timer_ = executor_.RunAfter(kTickInterval, alive_.Guard([this] { Tick(); }));
  actions_.tick();
}

}  // namespace comptoir::channel
