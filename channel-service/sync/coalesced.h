// A task on the executor that runs once for calls that come close together: at once when it has
// rested, so that a single call waits for nothing, and never for more than its share of the
// executor's time, however many calls there are. Call is thread-safe.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "channel-service/domain/alive.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace comptoir::channel {

class Coalesced {
 public:
  // After each run the task rests `rest` times as long as it took.
  Coalesced(Executor& executor, const Clock& clock, int64_t rest, std::function<void()> task)
      : executor_(executor), clock_(clock), rest_(rest), task_(std::move(task)) {}

  void Call() {
    if (called_.exchange(true)) return;
    if (!executor_.Post(alive_.Guard([this] { Run(); }))) called_ = false;
  }

 private:
  // However long the clock says that it took.
  static constexpr absl::Duration kRestMax = absl::Milliseconds(200);

  void Run() {
    // Before the task: what is called meanwhile may be news to it.
    if (resting_ || !called_.exchange(false)) return;
    const absl::Time begun = clock_.Now();
    task_();
    const absl::Duration rest = std::min((clock_.Now() - begun) * rest_, kRestMax);
    if (rest <= absl::ZeroDuration()) return;
    resting_ = true;
    executor_.RunAfter(rest, alive_.Guard([this] {
      resting_ = false;
      Run();
    }));
  }

  // Constant after construction.
  Executor& executor_;
  const Clock& clock_;
  const int64_t rest_;
  const std::function<void()> task_;

  std::atomic<bool> called_{false};
  // On the executor.
  bool resting_ = false;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_COALESCED_H_
