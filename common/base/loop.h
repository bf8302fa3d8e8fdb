#ifndef COMPTOIR_COMMON_BASE_LOOP_H_
#define COMPTOIR_COMMON_BASE_LOOP_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"

namespace comptoir {

struct LoopOptions {
  // Who posts has a limit of its own, so more tasks than this are a bug and end the process.
  size_t tasks_max = 1 << 20;
};

// The one loop thread of a service: link, sender, receiver, jobs and timers run here, and all
// cadence comes from here. Everything that belongs to the loop needs no lock. Time is monotonic:
// setting the machine's clock moves no timer. Thread-safe. A timer that a task of the loop cancels
// doesn't run any more, even if it was due already.
class Loop : public Executor {
 public:
  // Starts the thread.
  explicit Loop(LoopOptions options = {});

  // Stops if Stop() wasn't called.
  ~Loop() override;

  bool Post(std::function<void()> task) override;
  TimerToken RunAfter(absl::Duration delay, std::function<void()> task) override;
  bool Cancel(TimerToken token) override;

  // Runs what has been posted, drops all timers and returns when the thread is gone. Later calls of
  // Post and RunAfter are dropped. May be called again. REQUIRES: not called on the loop.
  void Stop();

  // Returns true iff called by a task of this loop.
  bool OnLoop() const;

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  // Sorted by time, then by the order of the calls.
  using TimerKey = std::pair<Deadline, TimerToken>;

  struct Posted {
    Deadline time;
    std::function<void()> task;
  };

  void Run();

  // Waits for the next task, in the order in which they became due. Returns nothing when the thread
  // shall end.
  std::function<void()> Take();
  std::function<void()> TakePosted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::function<void()> TakeTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  const LoopOptions options_;

  Mutex mutex_;
  CondVar changed_;

  // Guarded by mutex_.
  std::deque<Posted> posted_ ABSL_GUARDED_BY(mutex_);
  std::map<TimerKey, std::function<void()>> timers_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<TimerToken, Deadline> deadlines_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_token_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Makes concurrent calls of Stop() all wait.
  Mutex join_mutex_;
  std::thread thread_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_LOOP_H_
