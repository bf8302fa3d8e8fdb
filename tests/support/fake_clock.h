#ifndef COMPTOIR_TESTS_SUPPORT_FAKE_CLOCK_H_
#define COMPTOIR_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace comptoir {

// A clock that stands still until the test moves it. Thread-safe.
class FakeClock : public Clock {
 public:
  // Starts on 2024-01-01 at noon, UTC, unless told otherwise.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1704110400)) : now_(now) {}

  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }

  void Advance(absl::Duration duration) {
    MutexLock lock(mutex_);
    now_ += duration;
  }

  void SetNow(absl::Time now) {
    MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  mutable Mutex mutex_;

  // Guarded by mutex_.
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_FAKE_CLOCK_H_
