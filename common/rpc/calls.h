#ifndef COMPTOIR_COMMON_RPC_CALLS_H_
#define COMPTOIR_COMMON_RPC_CALLS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"

namespace comptoir::rpc {

struct CallsOptions {
  // More calls than these under way are answered OVERLOADED at once.
  size_t unary_calls_max = 1000;
  size_t streams_max = 10'000;
};

// The calls under way at one server: bounds them, counts them by method and outcome, times them.
// Thread-safe.
class Calls {
 public:
  enum class Kind { kUnary, kStream };

  // `metrics` must outlive this object, which must outlive every call.
  Calls(Metrics& metrics, CallsOptions options);

  // A call of `method` has come. OVERLOADED or SHUTTING_DOWN if it must be refused; else Ended() is
  // owed.
  absl::Status Begin(Kind kind, std::string_view method);

  // A call that was let in has ended: the last that it does with this object.
  void Ended(Kind kind, std::string_view method, const absl::Status& outcome,
             std::chrono::steady_clock::duration duration);

  // From now on, calls are answered SHUTTING_DOWN.
  void Stop();

  // Waits until no unary call is under way. Returns false if some still are after `timeout`.
  bool WaitForUnaryCalls(absl::Duration timeout);

 private:
  struct Method {
    Histogram* seconds = nullptr;
    absl::flat_hash_map<std::string, Counter*> by_reason;
  };
  struct Limit {
    size_t max;
    size_t under_way = 0;
    Gauge* gauge;
  };

  Limit& LimitOf(Kind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return kind == Kind::kUnary ? unary_ : streams_;
  }
  void Count(std::string_view method, const absl::Status& outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Time(std::string_view method, std::chrono::steady_clock::duration duration)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  Metrics& metrics_;

  Mutex mutex_;
  CondVar idle_;

  // Guarded by mutex_.
  Limit unary_ ABSL_GUARDED_BY(mutex_);
  Limit streams_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, Method> methods_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_CALLS_H_
