#include "tests/sim/runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/strings.h"
#include "tests/sim/mutations.h"

namespace comptoir::sim {

namespace {

// For the signal handler, which may call almost nothing.
char current_seed_text[128];
char current_seed_line[64];
int kept_file = -1;

void Write(int file, std::string_view text) {
  const ssize_t ignored = write(file, text.data(), text.size());
  static_cast<void>(ignored);
}

void SayOnWhichSeed(int signal) {
  Write(STDERR_FILENO, current_seed_text);
  if (kept_file >= 0) Write(kept_file, current_seed_line);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

uint64_t TimesOf(const RunCounts& counts, std::string_view request) {
  const auto found = counts.requests.find(request);
  return found == counts.requests.end() ? 0 : found->second;
}

}  // namespace

RunTotals RunSeeds(const SeedRange& range) {
  kept_file = range.kept == nullptr
                  ? -1
                  : open(range.kept, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, SayOnWhichSeed);
  RunTotals totals;
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t seed = range.first; seed < range.first + range.seeds; ++seed) {
    std::snprintf(current_seed_text, sizeof(current_seed_text),
                  "seed %llu died; run it again: sim --seed=%llu --trace\n",
                  static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    std::snprintf(current_seed_line, sizeof(current_seed_line), "%llu died\n",
                  static_cast<unsigned long long>(seed));
    RunResult result =
        RunSeed({.seed = seed, .steps_max = range.steps_max, .restore_hq = range.restore_hq});
    ++totals.seeds;
    totals.counts.AddAll(result.counts);
    totals.steps_min = std::min(totals.steps_min, result.counts.steps);
    totals.operations_min = std::min(totals.operations_min, result.counts.operations);
    if (!result.failure.has_value()) continue;
    if (kept_file >= 0) {
      const std::string_view what = *result.failure;
      Write(kept_file, absl::StrCat(seed, " ", ToAbsl(what.substr(0, what.find('\n'))), "\n"));
    }
    totals.failures.push_back(std::move(result));
    if (totals.failures.size() >= range.failures_max) break;
  }
  if (kept_file >= 0) close(kept_file);
  kept_file = -1;
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return totals;
}

std::string FailureLine(const RunResult& failure) {
  return absl::StrCat("seed ", failure.seed, " failed: ", failure.failure.value_or("nothing"),
                      "\n  run it again: sim --seed=", failure.seed, " --trace");
}

std::string TotalsText(const RunTotals& totals) {
  const RunCounts& counts = totals.counts;
  std::string text = absl::StrFormat(
      "%d seeds in %.1f s (%.0f per second), %d failed\n"
      "  %d steps (least %d), %d operations (least %d), %d restarts\n"
      "  %d created synchronously, %d pending, %d conversions, %d customers\n",
      totals.seeds, totals.seconds, totals.seeds / std::max(totals.seconds, 0.001),
      totals.failures.size(), counts.steps, totals.steps_min, counts.operations,
      totals.operations_min, counts.restarts, counts.created_synchronously, counts.created_pending,
      counts.conversions, counts.customers);
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const Fault fault = static_cast<Fault>(i);
    absl::StrAppendFormat(&text, "  %-30s %10d\n", ToAbsl(FaultName(fault)),
                          counts.faults.Of(fault));
  }
  for (const std::string_view mutation : kMutations) {
    absl::StrAppendFormat(&text, "  %-30s %10d\n", ToAbsl(mutation), TimesOf(counts, mutation));
  }
  return text;
}

std::vector<std::string> MissingFaults(const RunTotals& totals) {
  std::vector<std::string> missing;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const Fault fault = static_cast<Fault>(i);
    if (totals.counts.faults.Of(fault) == 0) missing.emplace_back(FaultName(fault));
  }
  return missing;
}

std::vector<std::string> MissingMutations(const RunTotals& totals) {
  std::vector<std::string> missing;
  for (const std::string_view mutation : kMutations) {
    if (TimesOf(totals.counts, mutation) == 0) missing.emplace_back(mutation);
  }
  return missing;
}

}  // namespace comptoir::sim
