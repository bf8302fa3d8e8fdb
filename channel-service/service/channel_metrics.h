#ifndef COMPTOIR_CHANNEL_SERVICE_SERVICE_CHANNEL_METRICS_H_
#define COMPTOIR_CHANNEL_SERVICE_SERVICE_CHANNEL_METRICS_H_

#include <cstdint>

#include "channel-service/channel_service.h"
#include "common/base/metrics.h"

namespace comptoir::channel {

// A channel service in numbers, for Prometheus. Update() is for one caller at a time, after the
// answer to the one before.
class ChannelMetrics {
 public:
  // Both borrowed. `metrics` must outlive every answer of `service`.
  ChannelMetrics(Metrics& metrics, ChannelService& service);

  // Asks the service how it does; the answer comes on any thread.
  void Update();

 private:
  void Show(const v1::Status& status);

  // Constant after construction.
  ChannelService& service_;
  Gauge& online_;
  Gauge& forced_offline_;
  Gauge& outbox_;
  Gauge& unacknowledged_;
  Gauge& outbox_age_;
  Gauge& lag_changes_;
  Gauge& customers_;
  Gauge& ready_;
  Gauge& alarms_;
  Counter& synchronous_;
  Counter& fallback_;
  Counter& asynchronous_;

  uint64_t synchronous_counted_ = 0;
  uint64_t fallback_counted_ = 0;
  uint64_t asynchronous_counted_ = 0;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SERVICE_CHANNEL_METRICS_H_
