// A task on the executor that runs once for calls that come close together. Call is thread-safe.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_

#include <atomic>
#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "channel-service/domain/alive.h"
#include "common/base/executor.h"

namespace comptoir::channel {

class Coalesced {
 public:
  // `delay` gives more calls the time to come.
  Coalesced(Executor& executor, absl::Duration delay, std::function<void()> task)
      : executor_(executor), delay_(delay), task_(std::move(task)) {}

  void Call() {
    if (called_.exchange(true)) return;
    const TimerToken token = executor_.RunAfter(delay_, alive_.Guard([this] {
      // Before the task: what is called meanwhile may be news to it.
      called_ = false;
      task_();
    }));
    if (token == TimerToken()) called_ = false;  // stopped
  }

 private:
  // Constant after construction.
  Executor& executor_;
  const absl::Duration delay_;
  const std::function<void()> task_;

  std::atomic<bool> called_{false};
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_
