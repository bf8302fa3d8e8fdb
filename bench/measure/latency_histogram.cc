#include "bench/measure/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/base/check.h"

namespace comptoir::bench {
namespace {

// Parts of a power of two, as a power of two.
constexpr unsigned kPartBits = 7;
constexpr uint64_t kParts = uint64_t{1} << kPartBits;
constexpr size_t kCounters = (64 - kPartBits + 1) * kParts;

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(kCounters) {}

void LatencyHistogram::Record(uint64_t value) {
  ++counts_[IndexOf(value)];
  ++count_;
  sum_ += static_cast<double>(value);
  max_ = std::max(max_, value);
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double LatencyHistogram::Mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

uint64_t LatencyHistogram::ValueAt(double quantile) const {
  COMPTOIR_CHECK(quantile >= 0 && quantile <= 1);
  if (count_ == 0) return 0;
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(HighestAt(i), max_);
  }
  return max_;
}

// Values below kParts have a counter each. Above, the highest bit says which power of two, the
// kPartBits after it which part: `shift` low bits are lost.
size_t LatencyHistogram::IndexOf(uint64_t value) {
  if (value < kParts) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kPartBits - 1;
  return (shift + 1) * kParts + ((value >> shift) - kParts);
}

uint64_t LatencyHistogram::HighestAt(size_t index) {
  if (index < kParts) return index;
  const unsigned shift = static_cast<unsigned>(index / kParts) - 1;
  const uint64_t lowest = (index % kParts + kParts) << shift;
  return lowest + ((uint64_t{1} << shift) - 1);
}

}  // namespace comptoir::bench
