#ifndef COMPTOIR_COMMON_BASE_CLOCK_H_
#define COMPTOIR_COMMON_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace comptoir {

// Where the time of day comes from. Injected through constructors; tests use FakeClock.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;
};

// The clock of the machine. It may jump: durations that matter are timed by the loop.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_CLOCK_H_
