#include "common/base/loop.h"

#include <algorithm>

#include "common/base/check.h"

namespace comptoir {
namespace {

// The loop whose thread this is. Ids of threads wouldn't do: they are reused after the thread's
// end.
thread_local const Loop* loop_of_this_thread = nullptr;

}  // namespace

Loop::Loop(LoopOptions options) : options_(options), thread_([this] { Run(); }) {}

Loop::~Loop() { Stop(); }

bool Loop::Post(std::function<void()> task) {
  COMPTOIR_CHECK(task != nullptr);
  MutexLock lock(mutex_);
  if (stopping_) return false;
  COMPTOIR_CHECK(posted_.size() < options_.tasks_max) << "the loop doesn't keep up";
  posted_.push_back({std::chrono::steady_clock::now(), std::move(task)});
  changed_.NotifyOne();
  return true;
}

TimerToken Loop::RunAfter(absl::Duration delay, std::function<void()> task) {
  COMPTOIR_CHECK(task != nullptr);
  // A century is for ever, and doesn't overflow.
  delay = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 36525));
  const Deadline deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay);
  MutexLock lock(mutex_);
  if (stopping_) return TimerToken();
  COMPTOIR_CHECK(timers_.size() < options_.tasks_max) << "too many timers";
  const TimerToken token(++last_token_);
  timers_.emplace(TimerKey(deadline, token), std::move(task));
  deadlines_.emplace(token, deadline);
  changed_.NotifyOne();
  return token;
}

bool Loop::Cancel(TimerToken token) {
  std::function<void()> dropped;  // destroyed without the lock: it may hold anything
  MutexLock lock(mutex_);
  const auto deadline = deadlines_.find(token);
  if (deadline == deadlines_.end()) return false;
  const auto timer = timers_.find(TimerKey(deadline->second, token));
  dropped = std::move(timer->second);
  timers_.erase(timer);
  deadlines_.erase(deadline);
  return true;
}

bool Loop::OnLoop() const { return loop_of_this_thread == this; }

void Loop::Stop() {
  COMPTOIR_CHECK(!OnLoop()) << "a loop cannot wait for itself";
  MutexLock join_lock(join_mutex_);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

void Loop::Run() {
  loop_of_this_thread = this;
  while (std::function<void()> task = Take()) task();
}

std::function<void()> Loop::Take() {
  std::map<TimerKey, std::function<void()>> dropped;  // destroyed without the lock
  MutexLock lock(mutex_);
  while (true) {
    if (stopping_) {
      dropped.swap(timers_);
      deadlines_.clear();
      return posted_.empty() ? nullptr : TakePosted();
    }
    if (timers_.empty()) {
      if (!posted_.empty()) return TakePosted();
      changed_.Wait(mutex_);
      continue;
    }
    const Deadline next = timers_.begin()->first.first;
    if (!posted_.empty() && posted_.front().time <= next) return TakePosted();
    if (next <= std::chrono::steady_clock::now()) return TakeTimer();
    if (!posted_.empty()) return TakePosted();
    changed_.WaitUntil(mutex_, next);
  }
}

std::function<void()> Loop::TakePosted() {
  std::function<void()> task = std::move(posted_.front().task);
  posted_.pop_front();
  return task;
}

std::function<void()> Loop::TakeTimer() {
  const auto timer = timers_.begin();
  std::function<void()> task = std::move(timer->second);
  deadlines_.erase(timer->first.second);
  timers_.erase(timer);
  return task;
}

}  // namespace comptoir
