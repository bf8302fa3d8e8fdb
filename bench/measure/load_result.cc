#include "bench/measure/load_result.h"

#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace comptoir::bench {

void LoadResult::Add(const LoadResult& other) {
  times.Add(other.times);
  if (errors == 0) first_error = other.first_error;
  errors += other.errors;
  answers_checked += other.answers_checked;
  answers_empty += other.answers_empty;
  answers_bytes += other.answers_bytes;
  seconds = std::max(seconds, other.seconds);
}

std::string LoadResult::ToJson() const {
  const auto microseconds = [](uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1000;
  };
  nlohmann::ordered_json json = {
      {"rate", seconds > 0 ? static_cast<double>(times.count()) / seconds : 0},
      {"count", times.count()},
      {"errors", errors},
      {"seconds", seconds},
      {"cpu_seconds", cpu_seconds},
      {"mean_us", times.Mean() / 1000},
      {"p50_us", microseconds(times.ValueAt(0.5))},
      {"p99_us", microseconds(times.ValueAt(0.99))},
      {"p999_us", microseconds(times.ValueAt(0.999))},
      {"max_us", microseconds(times.max())},
      {"answers_checked", answers_checked},
      {"answers_empty", answers_empty},
      {"answer_bytes", answers_checked > 0 ? answers_bytes / answers_checked : 0}};
  if (errors > 0) json["first_error"] = first_error;
  return json.dump();
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace comptoir::bench
