#include "hq-service/jobs/change_signal.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace comptoir::hq {

void ChangeSignal::Notify() {
  if (under_way_.exchange(true)) return;
  executor_.Post([self = shared_from_this()] { self->Deliver(); });
}

void ChangeSignal::NotifyOfRealTime() {
  if (waiting_.exchange(true)) return;
  executor_.Post([self = shared_from_this()] { self->DeliverAfterRest(); });
}

void ChangeSignal::DeliverAfterRest() {
  // It was told meanwhile with something else.
  if (!waiting_) return;
  executor_.Cancel(timer_);
  // However far the clock went back.
  const absl::Duration rest = std::min(rests_until_ - clock_.Now(), real_time_rest_);
  timer_ = executor_.RunAfter(rest, [self = shared_from_this()] { self->Deliver(); });
}

uint64_t ChangeSignal::Listen(std::function<void()> listener) {
  listeners_.emplace(++last_listener_id_, std::move(listener));
  return last_listener_id_;
}

void ChangeSignal::Deliver() {
  executor_.Cancel(timer_);
  under_way_ = false;
  waiting_ = false;
  rests_until_ = clock_.Now() + real_time_rest_;
  // Listeners come and go while they are called.
  std::vector<uint64_t> ids;
  for (const auto& [id, listener] : listeners_) ids.push_back(id);
  for (const uint64_t id : ids) {
    const auto listener = listeners_.find(id);
    if (listener == listeners_.end()) continue;
    const auto call = listener->second;
    call();
  }
}

}  // namespace comptoir::hq
