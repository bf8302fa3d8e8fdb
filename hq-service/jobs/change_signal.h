// Tells those who live on the executor that something was committed. Signals that come before the
// first is delivered are one: wake-ups may be late and fewer than commits, polling alone must do.
//
// What was committed in real time is told a moment later, with what comes meanwhile: who asked for
// it has it already, while to tell all others of each single commit costs more than the commit, at
// HQ and at every store, and comes between that and the next.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "absl/time/time.h"
#include "common/base/executor.h"

namespace comptoir::hq {

// Made by std::make_shared: a signal under way keeps it alive.
class ChangeSignal : public std::enable_shared_from_this<ChangeSignal> {
 public:
  // `real_time_wait`: how long what was committed in real time waits.
  ChangeSignal(Executor& executor, absl::Duration real_time_wait)
      : executor_(executor), real_time_wait_(real_time_wait) {}

  // Thread-safe.
  void Notify();
  void NotifyOfRealTime();

  // On the executor. Listeners are called there, in the order in which they came.
  uint64_t Listen(std::function<void()> listener);
  void Forget(uint64_t listener_id) { listeners_.erase(listener_id); }

 private:
  void Deliver();

  // Constant after construction.
  Executor& executor_;
  const absl::Duration real_time_wait_;

  std::atomic<bool> under_way_ = false;
  // Something that waits.
  std::atomic<bool> waiting_ = false;

  // Used on the executor alone.
  std::map<uint64_t, std::function<void()>> listeners_;
  uint64_t last_listener_id_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SIGNAL_H_
