#include "tests/sim/context.h"

#include <iomanip>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"

namespace comptoir::sim {

void RunCounts::AddAll(const RunCounts& other) {
  faults.AddAll(other.faults);
  steps += other.steps;
  operations += other.operations;
  restarts += other.restarts;
  conversions += other.conversions;
  created_synchronously += other.created_synchronously;
  created_pending += other.created_pending;
  customers += other.customers;
  for (const auto& [request, times] : other.requests) requests[request] += times;
}

Context::Context(uint64_t seed, std::ostream* trace)
    : seeds_(seed), scheduler_(seeds_.Next()), trace_(trace) {}

void Context::Trace(std::string_view who, const std::function<std::string()>& text) {
  if (trace_ == nullptr) return;
  static const absl::Time kStart = Scheduler(0).now();
  const double milliseconds = absl::ToDoubleMilliseconds(scheduler_.now() - kStart);
  *trace_ << std::setw(7) << scheduler_.steps() << std::setw(12) << std::fixed
          << std::setprecision(3) << milliseconds << " ms  " << std::left << std::setw(8) << who
          << std::right << " " << text() << "\n";
}

void Context::Fail(std::string_view who, std::string what) {
  Trace(who, [&] { return absl::StrCat("INVARIANT BROKEN: ", what); });
  if (!failure_.has_value()) failure_ = absl::StrCat(ToAbsl(who), ": ", what);
}

void TraceLogger::Log(LogLevel, std::string_view event, LogFields fields) {
  context_.Trace(who_, [&] {
    return absl::StrCat("log: ", FormatLogLine(LogFormat::kLogfmt, event, fields));
  });
}

absl::Duration Between(Random& random, absl::Duration least, absl::Duration most) {
  return least + random.Fraction() * (most - least);
}

bool Chance(Random& random, double probability) {
  return probability > 0 && random.Fraction() < probability;
}

}  // namespace comptoir::sim
