// Tells those who live on the executor that something was committed. Signals that come before the
// first is delivered are one: wake-ups may be late and fewer than commits, polling alone must do.
//
// After it has told anything it rests before it tells what was committed in real time, with what
// came meanwhile: who asked for that has it already, while to tell all others of each single commit
// costs more than the commit, at HQ and at every store, and comes between that and the next.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace comptoir::hq {

// Made by std::make_shared: a signal under way keeps it alive.
class ChangeSignal : public std::enable_shared_from_this<ChangeSignal> {
 public:
  // Borrows both.
  ChangeSignal(Executor& executor, const Clock& clock, absl::Duration real_time_rest)
      : executor_(executor), clock_(clock), real_time_rest_(real_time_rest) {}

  // Thread-safe.
  void Notify();
  void NotifyOfRealTime();

  // On the executor. Listeners are called there, in the order in which they came.
  uint64_t Listen(std::function<void()> listener);
  void Forget(uint64_t listener_id) { listeners_.erase(listener_id); }

 private:
  void DeliverAfterRest();
  void Deliver();

  // Constant after construction.
  Executor& executor_;
  const Clock& clock_;
  const absl::Duration real_time_rest_;

  std::atomic<bool> under_way_ = false;
  // Of real time.
  std::atomic<bool> waiting_ = false;

  // Used on the executor alone.
  absl::Time rests_until_ = absl::InfinitePast();
  TimerToken timer_;
  std::map<uint64_t, std::function<void()>> listeners_;
  uint64_t last_listener_id_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_
