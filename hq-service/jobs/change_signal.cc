#include "hq-service/jobs/change_signal.h"

#include <utility>
#include <vector>

namespace comptoir::hq {

void ChangeSignal::Notify() {
  if (under_way_.exchange(true)) return;
  executor_.Post([self = shared_from_this()] { self->Deliver(); });
}

void ChangeSignal::NotifyOfRealTime() {
  if (waiting_.exchange(true)) return;
  executor_.RunAfter(real_time_wait_, [self = shared_from_this()] {
    // Unless it was told meanwhile with something else.
    if (self->waiting_) self->Deliver();
  });
}

uint64_t ChangeSignal::Listen(std::function<void()> listener) {
  listeners_.emplace(++last_listener_id_, std::move(listener));
  return last_listener_id_;
}

void ChangeSignal::Deliver() {
  under_way_ = false;
  waiting_ = false;
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
