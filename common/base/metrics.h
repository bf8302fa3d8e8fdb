#ifndef COMPTOIR_COMMON_BASE_METRICS_H_
#define COMPTOIR_COMMON_BASE_METRICS_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"

namespace prometheus {
class Collectable;
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace comptoir {

// Names and values that tell metrics of one name apart. Few values only, never customer data.
using MetricLabels = std::map<std::string, std::string>;

// A number that only grows. Thread-safe.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(counter) {}

  void Increment() { Add(1); }
  void Add(double amount);
  double Value() const;

 private:
  prometheus::Counter& counter_;
};

// A number that goes up and down. Thread-safe.
class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(gauge) {}

  void Set(double value);
  void Add(double amount);
  double Value() const;

 private:
  prometheus::Gauge& gauge_;
};

// How often values fell into which bucket. Thread-safe.
class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(histogram) {}

  void Observe(double value);

 private:
  prometheus::Histogram& histogram_;
};

// The metrics of one process, in Prometheus' manner: names like `comptoir_outbox_operations`, base
// units last (`_seconds`, `_bytes`), counters end in `_total`. Passed through constructors.
// Thread-safe. What is returned lives as long as this object.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Returns the metric of this name and these labels; a second call gives one with the same value.
  // REQUIRES: a valid name that no metric of another type has.
  Counter& AddCounter(const std::string& name, const std::string& help,
                      const MetricLabels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help,
                  const MetricLabels& labels = {});

  // `buckets` are the upper bounds, ascending.
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const MetricLabels& labels = {});

  // Returns all metrics in Prometheus' text format.
  std::string Render() const;

  // For the HTTP server in common/rpc.
  std::shared_ptr<prometheus::Collectable> collectable() const;

 private:
  // Constant after construction.
  const std::shared_ptr<prometheus::Registry> registry_;

  Mutex mutex_;

  // Guarded by mutex_. Deques, because references to their elements stay valid.
  std::deque<Counter> counters_ ABSL_GUARDED_BY(mutex_);
  std::deque<Gauge> gauges_ ABSL_GUARDED_BY(mutex_);
  std::deque<Histogram> histograms_ ABSL_GUARDED_BY(mutex_);
};

// Returns buckets from 0.5 ms to about 30 s, each double the one before: for latencies in seconds.
std::vector<double> LatencyBuckets();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_METRICS_H_
