// What all parts of one simulated run share: time, chance, the trace, the counts, and the first
// broken invariant.

#ifndef COMPTOIR_TESTS_SIM_CONTEXT_H_
#define COMPTOIR_TESTS_SIM_CONTEXT_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/base/random.h"
#include "tests/sim/faults.h"
#include "tests/sim/mutations.h"
#include "tests/sim/scheduler.h"

namespace comptoir::sim {

struct RunCounts {
  FaultCounts faults;
  uint64_t steps = 0;
  uint64_t operations = 0;   // requests of POS clients, repetitions not counted
  uint64_t restarts = 0;     // of any node
  uint64_t conversions = 0;  // staged creates that became customers
  uint64_t created_synchronously = 0;
  uint64_t created_pending = 0;
  uint64_t customers = 0;  // at HQ in the end
  RequestCounts requests;  // what was carried out

  void AddAll(const RunCounts& other);
};

class Context {
 public:
  // Writes a trace to `trace` unless it is null.
  Context(uint64_t seed, std::ostream* trace);

  Scheduler& scheduler() { return scheduler_; }
  RunCounts& counts() { return counts_; }
  void Count(Fault fault) { counts_.faults.Add(fault); }
  // Somebody answered such a request with success.
  template <typename Request>
  void CarriedOut() {
    ++counts_.requests[Request::descriptor()->name()];
  }

  // A generator of its own for each part, so that one part's draws don't change another's.
  SeededRandom NewRandom() { return SeededRandom(seeds_.Next()); }
  Owner NewOwner() { return Owner(++last_owner_); }

  // One line of the trace; `text` is called only if there is one.
  bool tracing() const { return trace_ != nullptr; }
  void Trace(std::string_view who, const std::function<std::string()>& text);

  // An invariant is broken: the run ends after this step. The first one counts.
  void Fail(std::string_view who, std::string what);
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  SeededRandom seeds_;
  Scheduler scheduler_;
  std::ostream* const trace_;
  RunCounts counts_;
  uint64_t last_owner_ = 0;
  std::optional<std::string> failure_;
};

// What a service logs becomes part of the trace.
class TraceLogger : public Logger {
 public:
  TraceLogger(Context& context, std::string who) : context_(context), who_(std::move(who)) {}
  void Log(LogLevel level, std::string_view event, LogFields fields) override;
  bool Enabled(LogLevel) const override { return context_.tracing(); }

 private:
  Context& context_;
  const std::string who_;
};

// A duration between the two, evenly.
absl::Duration Between(Random& random, absl::Duration least, absl::Duration most);
// True with this probability.
bool Chance(Random& random, double probability);

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CONTEXT_H_
