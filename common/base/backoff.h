#ifndef COMPTOIR_COMMON_BASE_BACKOFF_H_
#define COMPTOIR_COMMON_BASE_BACKOFF_H_

#include "absl/time/time.h"
#include "common/base/random.h"

namespace comptoir {

struct BackoffOptions {
  // Longest first delay.
  absl::Duration initial = absl::Milliseconds(100);

  // No delay is longer.
  absl::Duration max = absl::Seconds(30);

  // How much longer each delay may be than the one before.
  double growth = 2.0;
};

// How long to wait before trying again: exponential, with jitter between half and all of it, so
// that stores which lost HQ together don't return together. Pure: it doesn't wait. Not thread-safe.
class Backoff {
 public:
  // `random` must outlive this object. REQUIRES: 0 < initial <= max, growth >= 1.
  Backoff(Random& random, BackoffOptions options);

  // Returns the next delay: in [limit / 2, limit], where limit grows from initial to max.
  absl::Duration Next();

  // Starts again at `initial`: call it after a success.
  void Reset() { limit_ = options_.initial; }

 private:
  // Constant after construction.
  Random& random_;
  const BackoffOptions options_;

  absl::Duration limit_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_BACKOFF_H_
