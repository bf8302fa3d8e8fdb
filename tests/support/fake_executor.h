#ifndef COMPTOIR_TESTS_SUPPORT_FAKE_EXECUTOR_H_
#define COMPTOIR_TESTS_SUPPORT_FAKE_EXECUTOR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/time/time.h"
#include "common/base/executor.h"
#include "tests/support/fake_clock.h"

namespace comptoir {

// An executor without a thread: tasks run inside RunReady() and Advance(), in the order in which
// they are due, and time is that of a FakeClock. Not thread-safe.
class FakeExecutor : public Executor {
 public:
  // `clock` must outlive this object; Advance() moves it.
  explicit FakeExecutor(FakeClock& clock) : clock_(clock) {}

  bool Post(std::function<void()> task) override {
    return RunAfter(absl::ZeroDuration(), std::move(task)) != TimerToken();
  }

  TimerToken RunAfter(absl::Duration delay, std::function<void()> task) override {
    if (stopped_) return TimerToken();
    const TimerToken token(++last_token_);
    tasks_.emplace(Key(clock_.Now() + std::max(delay, absl::ZeroDuration()), token),
                   std::move(task));
    return token;
  }

  bool Cancel(TimerToken token) override {
    return std::erase_if(tasks_, [&](const auto& task) { return task.first.second == token; }) > 0;
  }

  // Runs what is due now, and what that posts. Returns how many tasks ran.
  size_t RunReady() { return RunUntil(clock_.Now()); }

  // Moves the clock from task to task and then to the end of `duration`. Returns how many ran.
  size_t Advance(absl::Duration duration) {
    const absl::Time end = clock_.Now() + duration;
    const size_t ran = RunUntil(end);
    clock_.SetNow(end);
    return ran;
  }

  // Returns how many tasks wait, timers included.
  size_t pending() const { return tasks_.size(); }

  // Drops everything; from now on nothing is accepted.
  void Stop() {
    stopped_ = true;
    tasks_.clear();
  }

 private:
  using Key = std::pair<absl::Time, TimerToken>;

  size_t RunUntil(absl::Time end) {
    size_t ran = 0;
    while (!tasks_.empty() && tasks_.begin()->first.first <= end) {
      auto node = tasks_.extract(tasks_.begin());
      if (node.key().first > clock_.Now()) clock_.SetNow(node.key().first);
      node.mapped()();
      ++ran;
    }
    return ran;
  }

  FakeClock& clock_;
  std::map<Key, std::function<void()>> tasks_;
  uint64_t last_token_ = 0;
  bool stopped_ = false;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_FAKE_EXECUTOR_H_
