// Virtual time: the one queue of events of a simulated run. Nothing runs but what is taken from
// here, one event at a time, so a seed always gives the same run. Events due at the same instant
// run in an order drawn from the seed.

#ifndef COMPTOIR_TESTS_SIM_SCHEDULER_H_
#define COMPTOIR_TESTS_SIM_SCHEDULER_H_

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/base/strong_id.h"

namespace comptoir::sim {

// Whose event it is: one life of a node (from a start to a crash), or the world's.
using Owner = StrongId<struct OwnerTag, uint64_t>;
inline constexpr Owner kWorld{};

using EventId = StrongId<struct EventIdTag, uint64_t>;

class Scheduler {
 public:
  explicit Scheduler(uint64_t seed);

  absl::Time now() const { return now_; }

  // Runs `task` once, `delay` from now. The default EventId is never given.
  EventId After(absl::Duration delay, Owner owner, std::function<void()> task);
  // Forgets an event; one that ran, runs or is unknown is no error.
  void Cancel(EventId event);
  // Forgets all events of a life that has ended.
  void Drop(Owner owner);

  // Runs the next event; false if there is none.
  bool Step();

  uint64_t steps() const { return steps_; }
  // Two runs that have the same one have taken the same steps.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct Event {
    Owner owner;
    std::function<void()> task;
  };
  struct Due {
    absl::Time time;
    uint64_t tie;
    EventId id;
    friend bool operator>(const Due& a, const Due& b) {
      if (a.time != b.time) return a.time > b.time;
      if (a.tie != b.tie) return a.tie > b.tie;
      return a.id > b.id;
    }
  };

  SeededRandom random_;
  absl::Time now_;
  uint64_t last_id_ = 0;
  uint64_t steps_ = 0;
  uint64_t fingerprint_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  // Cancelled events stay in due_ and are passed over.
  std::unordered_map<uint64_t, Event> events_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_SCHEDULER_H_
