#ifndef COMPTOIR_COMMON_STORAGE_READ_POOL_H_
#define COMPTOIR_COMMON_STORAGE_READ_POOL_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "common/base/mutex.h"

namespace comptoir {

struct ReadPoolOptions {
  size_t threads = 2;
  // More reads than these waiting are refused.
  size_t queue_reads_max = 1000;
  // Reads that their callers run themselves at a time; zero: one, or where there are no more than
  // two processors two.
  size_t reads_here_max = 0;
};

// A few threads for reads that may take long, searches and lists, so that the threads on which
// calls arrive never wait for the disk. Thread-safe.
class ReadPool {
 public:
  explicit ReadPool(const ReadPoolOptions& options);
  // Stops.
  ~ReadPool();

  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  // Runs `read` on one of the threads, in order of the calls. Returns false, and drops it, if too
  // many wait or the pool has been stopped.
  bool Run(std::function<void()> read);

  // Runs `read`, which waits for nothing and nobody, on the caller's thread: to wake another one
  // for it takes as long as many a read. Returns false, and doesn't run it, if others do so now.
  bool RunHere(absl::FunctionRef<void()> read);

  // Does what waits, then ends the threads. Idempotent; not from a read.
  void Stop();

  // Reads that wait.
  size_t queued() const;

 private:
  void Work();
  // Waits for the next read; null once there is none and will be none.
  std::function<void()> Take();

  // Constant after construction.
  const size_t queue_reads_max_;
  const size_t reads_here_max_;

  std::atomic<size_t> reads_here_ = 0;

  mutable Mutex mutex_;
  CondVar changed_;

  // Guarded by mutex_.
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Stop() is for one caller at a time.
  Mutex join_mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_READ_POOL_H_
