#ifndef COMPTOIR_HQ_SERVICE_SERVICE_HQ_METRICS_H_
#define COMPTOIR_HQ_SERVICE_SERVICE_HQ_METRICS_H_

#include "common/base/metrics.h"
#include "hq-service/hq.h"

namespace comptoir::hq {

// HQ in numbers, for Prometheus. Update() is for one caller at a time.
class HqMetrics {
 public:
  // Both borrowed. `metrics` must outlive every answer of `hq`.
  HqMetrics(Metrics& metrics, Hq& hq);

  // Asks HQ how it does; the answers come on any thread.
  void Update();

 private:
  void Show(const v1::HqStatus& status);
  void Show(const v1::ListChannelServicesResponse& response);

  // Constant after construction.
  Hq& hq_;
  Gauge& customers_;
  Gauge& staged_;
  Gauge& refused_;
  Gauge& waiting_;
  Gauge& high_watermark_;
  Gauge& uploading_;
  Gauge& subscribed_;
  Gauge& lag_changes_max_;
  Gauge& alarms_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_SERVICE_HQ_METRICS_H_
