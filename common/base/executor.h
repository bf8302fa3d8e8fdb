#ifndef COMPTOIR_COMMON_BASE_EXECUTOR_H_
#define COMPTOIR_COMMON_BASE_EXECUTOR_H_

#include <cstdint>
#include <functional>

#include "absl/time/time.h"
#include "common/base/strong_id.h"

namespace comptoir {

// Names a timer; never reused. The default one names none.
using TimerToken = StrongId<struct TimerTokenTag, uint64_t>;

// Runs functions one at a time, in order, later than the call. Loop is the real one; simulations
// bring their own. What runs here may not block.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `task` as soon as possible, after everything posted before. Returns false, and drops it,
  // if the executor has been stopped.
  virtual bool Post(std::function<void()> task) = 0;

  // Runs `task` once, after `delay` at least (at once if it isn't positive). Returns a token for
  // Cancel; the default token if the executor has been stopped.
  virtual TimerToken RunAfter(absl::Duration delay, std::function<void()> task) = 0;

  // Forgets a timer. Returns true iff it will not run now; false if it ran, runs or was unknown.
  virtual bool Cancel(TimerToken token) = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_EXECUTOR_H_
