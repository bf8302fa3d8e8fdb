#include "common/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace comptoir {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, RendersWhatWasCounted) {
  Metrics metrics;
  metrics.AddCounter("comptoir_creates_total", "Creates.", {{"outcome", "pending"}}).Increment();
  metrics.AddGauge("comptoir_outbox_operations", "Operations in the outbox.").Set(7);
  metrics.AddHistogram("comptoir_commit_seconds", "Commits.", {0.01, 0.1}).Observe(0.05);

  const std::string text = metrics.Render();

  EXPECT_THAT(text, HasSubstr("# HELP comptoir_creates_total Creates."));
  EXPECT_THAT(text, HasSubstr("comptoir_creates_total{outcome=\"pending\"} 1"));
  EXPECT_THAT(text, HasSubstr("comptoir_outbox_operations 7"));
  EXPECT_THAT(text, HasSubstr("comptoir_commit_seconds_bucket{le=\"0.01\"} 0"));
  EXPECT_THAT(text, HasSubstr("comptoir_commit_seconds_bucket{le=\"0.1\"} 1"));
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  Counter& first = metrics.AddCounter("comptoir_creates_total", "Creates.");
  Counter& second = metrics.AddCounter("comptoir_creates_total", "Creates.");
  Counter& other = metrics.AddCounter("comptoir_creates_total", "Creates.", {{"outcome", "ok"}});
  first.Increment();
  second.Add(2);
  EXPECT_EQ(first.Value(), 3);
  EXPECT_EQ(other.Value(), 0);
}

TEST(MetricsTest, GaugesGoBothWays) {
  Metrics metrics;
  Gauge& gauge = metrics.AddGauge("comptoir_streams", "Streams.");
  gauge.Add(2);
  gauge.Add(-1);
  EXPECT_EQ(gauge.Value(), 1);
}

TEST(MetricsTest, ManyThreadsMayCountAndAdd) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Counter& counter = metrics.AddCounter("comptoir_creates_total", "Creates.");
      for (int j = 0; j < 1000; ++j) counter.Increment();
      metrics.Render();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.AddCounter("comptoir_creates_total", "Creates.").Value(), 4000);
}

TEST(LatencyBucketsTest, AscendFromHalfAMillisecond) {
  const std::vector<double> buckets = LatencyBuckets();
  EXPECT_EQ(buckets.front(), 0.0005);
  EXPECT_GT(buckets.back(), 30);
  EXPECT_TRUE(std::is_sorted(buckets.begin(), buckets.end()));
}

}  // namespace
}  // namespace comptoir
