#include "hq-service/service/hq_metrics.h"

#include <algorithm>

namespace comptoir::hq {

HqMetrics::HqMetrics(Metrics& metrics, Hq& hq)
    : hq_(hq),
      customers_(metrics.AddGauge("comptoir_customers", "Customers held.")),
      staged_(metrics.AddGauge("comptoir_staged_operations",
                               "Operations taken and not yet converted.")),
      refused_(metrics.AddGauge("comptoir_refused_operations",
                                "Operations that a person must correct or discard.")),
      waiting_(metrics.AddGauge("comptoir_conversion_waiting",
                                "1 while conversion as a whole waits, for a number sequence.")),
      high_watermark_(metrics.AddGauge("comptoir_high_watermark_sequence", "The last commit.")),
      uploading_(metrics.AddGauge("comptoir_channel_services_connected",
                                  "Channel services with an open stream.", {{"stream", "upload"}})),
      subscribed_(metrics.AddGauge("comptoir_channel_services_connected",
                                   "Channel services with an open stream.",
                                   {{"stream", "subscribe"}})),
      lag_changes_max_(metrics.AddGauge("comptoir_lag_changes_max",
                                        "Commits that the slowest channel service is behind.")),
      alarms_(metrics.AddGauge("comptoir_alarms", "Alarms of channel services.")) {}

void HqMetrics::Update() {
  hq_.Administer(v1::GetHqStatusRequest(), CallContext(), Done<v1::HqStatus>([this](auto status) {
                   if (status.ok()) Show(*status);
                 }));
  hq_.Administer(v1::ListChannelServicesRequest(), CallContext(),
                 Done<v1::ListChannelServicesResponse>([this](auto response) {
                   if (response.ok()) Show(*response);
                 }));
}

void HqMetrics::Show(const v1::HqStatus& status) {
  customers_.Set(static_cast<double>(status.customers()));
  staged_.Set(static_cast<double>(status.staged_operations()));
  refused_.Set(static_cast<double>(status.refused_operations()));
  waiting_.Set(status.conversion_reason().empty() ? 0 : 1);
  high_watermark_.Set(static_cast<double>(status.high_watermark().sequence()));
}

void HqMetrics::Show(const v1::ListChannelServicesResponse& response) {
  int uploading = 0;
  int subscribed = 0;
  int alarms = 0;
  uint64_t lag_max = 0;
  for (const v1::ChannelServiceInfo& info : response.channel_services()) {
    uploading += info.upload_connected() ? 1 : 0;
    subscribed += info.subscribe_connected() ? 1 : 0;
    alarms += info.alarms_size();
    lag_max = std::max(lag_max, info.lag_changes());
  }
  uploading_.Set(uploading);
  subscribed_.Set(subscribed);
  alarms_.Set(alarms);
  lag_changes_max_.Set(static_cast<double>(lag_max));
}

}  // namespace comptoir::hq
