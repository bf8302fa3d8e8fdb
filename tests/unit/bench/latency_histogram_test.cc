#include "bench/measure/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/support/seed.h"

namespace comptoir::bench {
namespace {

constexpr size_t kValues = 100'000;
constexpr double kQuantiles[] = {0, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

struct Distribution {
  std::string name;
  std::function<uint64_t(Random&)> draw;
};

std::vector<Distribution> Distributions() {
  return {
      {"constant", [](Random&) { return uint64_t{339'000}; }},
      {"small", [](Random& random) { return random.Below(100); }},
      {"uniform", [](Random& random) { return random.Below(10'000'000); }},
      {"exponential",
       [](Random& random) {
         return static_cast<uint64_t>(-std::log(1 - random.Fraction()) * 250'000);
       }},
      {"heavy tail",
       [](Random& random) {
         return static_cast<uint64_t>(50'000 / std::pow(1 - random.Fraction(), 1.5));
       }},
      {"two peaks, far apart",
       [](Random& random) {
         return random.OneIn(50) ? 90'000'000 + random.Below(1'000'000) : 100 + random.Below(50);
       }},
      {"all magnitudes", [](Random& random) { return random.Next() >> random.Below(64); }},
  };
}

uint64_t Exact(const std::vector<uint64_t>& sorted, double quantile) {
  const auto rank = static_cast<size_t>(std::ceil(quantile * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

// Against sorted values: never less than the exact percentile, at most one part in 128 more.
TEST(LatencyHistogramTest, PercentilesAreThoseOfTheSortedValues) {
  for (const Distribution& distribution : Distributions()) {
    SCOPED_TRACE(distribution.name);
    SeededRandom random(TestSeed());
    LatencyHistogram histogram;
    std::vector<uint64_t> values;
    for (size_t i = 0; i < kValues; ++i) {
      values.push_back(distribution.draw(random));
      histogram.Record(values.back());
    }
    std::sort(values.begin(), values.end());

    EXPECT_EQ(histogram.count(), kValues);
    EXPECT_EQ(histogram.max(), values.back());
    for (const double quantile : kQuantiles) {
      const uint64_t exact = Exact(values, quantile);
      EXPECT_GE(histogram.ValueAt(quantile), exact) << quantile;
      EXPECT_LE(histogram.ValueAt(quantile) - exact, exact / 128) << quantile;
    }
  }
}

TEST(LatencyHistogramTest, OfSeveralThreadsAreAddedUp) {
  LatencyHistogram one;
  LatencyHistogram other;
  for (uint64_t i = 1; i <= 50; ++i) one.Record(i);
  for (uint64_t i = 51; i <= 100; ++i) other.Record(i);

  one.Add(other);

  EXPECT_EQ(one.count(), 100u);
  EXPECT_EQ(one.max(), 100u);
  EXPECT_EQ(one.ValueAt(0.5), 50u);
  EXPECT_EQ(one.ValueAt(0.99), 99u);
  EXPECT_DOUBLE_EQ(one.Mean(), 50.5);
}

TEST(LatencyHistogramTest, CountsTheLargestNumber) {
  LatencyHistogram histogram;
  histogram.Record(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.ValueAt(0.5), std::numeric_limits<uint64_t>::max());
}

TEST(LatencyHistogramTest, WithoutValuesIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.ValueAt(0.99), 0u);
  EXPECT_EQ(histogram.max(), 0u);
  EXPECT_EQ(histogram.Mean(), 0);
}

}  // namespace
}  // namespace comptoir::bench
