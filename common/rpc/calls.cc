#include "common/rpc/calls.h"

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::rpc {
namespace {

// What calls are counted by: few values.
std::string OutcomeName(const absl::Status& outcome) {
  if (const auto reason = ReasonOf(outcome)) return std::string(ReasonName(*reason));
  return absl::StatusCodeToString(outcome.code());
}

}  // namespace

Calls::Calls(Metrics& metrics, CallsOptions options)
    : metrics_(metrics),
      unary_{.max = options.unary_calls_max,
             .gauge = &metrics.AddGauge("comptoir_calls_under_way", "Unary calls being answered.")},
      streams_{.max = options.streams_max,
               .gauge = &metrics.AddGauge("comptoir_streams_open", "Streams open.")} {}

absl::Status Calls::Begin(Kind kind, std::string_view method) {
  MutexLock lock(mutex_);
  Limit& limit = LimitOf(kind);
  absl::Status status;
  if (stopped_) {
    status = MakeError(Reason::kShuttingDown, "The service is shutting down.");
  } else if (limit.under_way >= limit.max) {
    status = MakeError(Reason::kOverloaded, "As many calls as allowed are under way.",
                       {{"calls_max", std::to_string(limit.max)}});
  }
  if (!status.ok()) {
    Count(method, status);
    return status;
  }
  limit.gauge->Set(static_cast<double>(++limit.under_way));
  return status;
}

void Calls::Ended(Kind kind, std::string_view method, const absl::Status& outcome,
                  std::chrono::steady_clock::duration duration) {
  MutexLock lock(mutex_);
  Count(method, outcome);
  if (kind == Kind::kUnary) Time(method, duration);
  Limit& limit = LimitOf(kind);
  COMPTOIR_CHECK(limit.under_way > 0);
  limit.gauge->Set(static_cast<double>(--limit.under_way));
  // With the lock: who waits may destroy this object as soon as it has it.
  if (unary_.under_way == 0) idle_.NotifyAll();
}

void Calls::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
}

bool Calls::WaitForUnaryCalls(absl::Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
  MutexLock lock(mutex_);
  while (unary_.under_way > 0) {
    if (!idle_.WaitUntil(mutex_, deadline)) return unary_.under_way == 0;
  }
  return true;
}

void Calls::Time(std::string_view method, std::chrono::steady_clock::duration duration) {
  Histogram*& seconds = methods_[ToAbsl(method)].seconds;
  if (seconds == nullptr) {
    seconds = &metrics_.AddHistogram("comptoir_call_seconds", "How long unary calls took.",
                                     LatencyBuckets(), {{"method", std::string(method)}});
  }
  seconds->Observe(std::chrono::duration<double>(duration).count());
}

void Calls::Count(std::string_view method, const absl::Status& outcome) {
  Counter*& counter = methods_[ToAbsl(method)].by_reason[OutcomeName(outcome)];
  if (counter == nullptr) {
    counter =
        &metrics_.AddCounter("comptoir_calls_total", "Calls that ended, by method and outcome.",
                             {{"method", std::string(method)}, {"reason", OutcomeName(outcome)}});
  }
  counter->Increment();
}

}  // namespace comptoir::rpc
