#ifndef COMPTOIR_BENCH_MEASURE_LATENCY_HISTOGRAM_H_
#define COMPTOIR_BENCH_MEASURE_LATENCY_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace comptoir::bench {

// How long things took, in as many counters as a percentile needs: each power of two is divided
// into equal parts, so that a value is known to within one part in 128 however large it is. The
// idea is that of Gil Tene's HdrHistogram. Recording is one increment. Any unit; ours is the
// nanosecond. A value; thread-compatible: each thread has its own, to be added up at the end.
class LatencyHistogram {
 public:
  LatencyHistogram();

  void Record(uint64_t value);
  void Add(const LatencyHistogram& other);

  uint64_t count() const { return count_; }
  // Of what was recorded, exactly; 0 if nothing was.
  uint64_t max() const { return max_; }
  double Mean() const;

  // Returns a value that `quantile` (0 to 1) of all don't exceed: never less than the exact one,
  // and at most one part in 128 more. 0 if nothing was recorded.
  uint64_t ValueAt(double quantile) const;

 private:
  static size_t IndexOf(uint64_t value);
  // The largest value that is counted there.
  static uint64_t HighestAt(size_t index);

  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_MEASURE_LATENCY_HISTOGRAM_H_
