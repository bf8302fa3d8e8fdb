#include "common/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace comptoir {

void Counter::Add(double amount) { counter_.Increment(amount); }

double Counter::Value() const { return counter_.Value(); }

void Gauge::Set(double value) { gauge_.Set(value); }

void Gauge::Add(double amount) { gauge_.Increment(amount); }

double Gauge::Value() const { return gauge_.Value(); }

void Histogram::Observe(double value) { histogram_.Observe(value); }

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const MetricLabels& labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
  MutexLock lock(mutex_);
  return counters_.emplace_back(family.Add(labels));
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help,
                         const MetricLabels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
  MutexLock lock(mutex_);
  return gauges_.emplace_back(family.Add(labels));
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& buckets, const MetricLabels& labels) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
  MutexLock lock(mutex_);
  return histograms_.emplace_back(family.Add(labels, buckets));
}

std::string Metrics::Render() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

std::shared_ptr<prometheus::Collectable> Metrics::collectable() const { return registry_; }

std::vector<double> LatencyBuckets() {
  std::vector<double> buckets;
  for (double bound = 0.0005; bound < 60; bound *= 2) buckets.push_back(bound);
  return buckets;
}

}  // namespace comptoir
