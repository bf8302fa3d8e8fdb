#ifndef COMPTOIR_BENCH_MEASURE_LOAD_RESULT_H_
#define COMPTOIR_BENCH_MEASURE_LOAD_RESULT_H_

#include <cstdint>
#include <string>

#include "bench/measure/latency_histogram.h"

namespace comptoir::bench {

// What became of the calls of a load. A value.
struct LoadResult {
  // Of calls that succeeded, in nanoseconds.
  LatencyHistogram times;
  uint64_t errors = 0;
  // What the first of these said.
  std::string first_error;
  // Answers that were looked at, and those of them that held nothing.
  uint64_t answers_checked = 0;
  uint64_t answers_empty = 0;
  // Of those that were looked at.
  uint64_t answers_bytes = 0;
  // From the first call that counts to the end of the last.
  double seconds = 0;
  // Processor time of the client meanwhile.
  double cpu_seconds = 0;

  // Of another thread, at the same time.
  void Add(const LoadResult& other);

  // As one line of JSON, times in microseconds.
  std::string ToJson() const;
};

// Processor time of this process so far.
double CpuSeconds();

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_MEASURE_LOAD_RESULT_H_
