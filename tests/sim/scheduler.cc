#include "tests/sim/scheduler.h"

#include <algorithm>
#include <utility>

namespace comptoir::sim {

namespace {

// A minute after midnight, on the second day of 2024: for a machine whose clock is behind it is
// still yesterday.
constexpr int64_t kStartSeconds = 1704153660;

}  // namespace

Scheduler::Scheduler(uint64_t seed) : random_(seed), now_(absl::FromUnixSeconds(kStartSeconds)) {}

EventId Scheduler::After(absl::Duration delay, Owner owner, std::function<void()> task) {
  const EventId id(++last_id_);
  due_.push({now_ + std::max(delay, absl::ZeroDuration()), random_.Next(), id});
  events_.emplace(id.value(), Event{owner, std::move(task)});
  return id;
}

void Scheduler::Cancel(EventId event) { events_.erase(event.value()); }

void Scheduler::Drop(Owner owner) {
  // In order of their ids, for a destroyed closure may release something that acts.
  std::vector<uint64_t> ids;
  for (const auto& [id, event] : events_) {
    if (event.owner == owner) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (const uint64_t id : ids) {
    const auto dropped = events_.extract(id);
  }
}

bool Scheduler::Step() {
  while (!due_.empty()) {
    const Due due = due_.top();
    due_.pop();
    auto event = events_.extract(due.id.value());
    if (event.empty()) continue;
    now_ = due.time;
    ++steps_;
    fingerprint_ = fingerprint_ * 0x100000001b3 ^ due.id.value() ^
                   static_cast<uint64_t>(absl::ToUnixNanos(now_)) ^
                   (event.mapped().owner.value() << 32);
    event.mapped().task();
    return true;
  }
  return false;
}

}  // namespace comptoir::sim
