#include "channel-service/service/channel_metrics.h"

#include <string>

#include "common/process/database_metrics.h"

namespace comptoir::channel {
namespace {

Counter& AddCreates(Metrics& metrics, const std::string& kind) {
  return metrics.AddCounter("comptoir_creates_total", "Customers created here, by how.",
                            {{"kind", kind}});
}

}  // namespace

ChannelMetrics::ChannelMetrics(Metrics& metrics, ChannelService& service)
    : service_(service),
      online_(metrics.AddGauge("comptoir_link_online", "1 while HQ is believed to answer.")),
      forced_offline_(
          metrics.AddGauge("comptoir_link_forced_offline", "1 while the link is down by command.")),
      outbox_(metrics.AddGauge("comptoir_outbox_operations", "Operations not settled.")),
      unacknowledged_(metrics.AddGauge("comptoir_outbox_unacknowledged_operations",
                                       "Operations that HQ hasn't acknowledged.")),
      outbox_age_(metrics.AddGauge("comptoir_outbox_age_seconds",
                                   "Age of the oldest operation that isn't settled.")),
      lag_changes_(metrics.AddGauge("comptoir_lag_changes",
                                    "Commits of HQ that the slowest membership is behind.")),
      customers_(metrics.AddGauge("comptoir_customers", "Customers held.")),
      ready_(metrics.AddGauge("comptoir_configured", "1 once all channels are configured.")),
      alarms_(metrics.AddGauge("comptoir_alarms", "Alarms for an operator.")),
      synchronous_(AddCreates(metrics, "synchronous")),
      fallback_(AddCreates(metrics, "fallback")),
      asynchronous_(AddCreates(metrics, "asynchronous")) {}

void ChannelMetrics::Update() {
  service_.GetStatus([this](absl::StatusOr<v1::Status> status) {
    if (status.ok()) Show(*status);
  });
}

void ChannelMetrics::Show(const v1::Status& status) {
  online_.Set(status.link() == v1::LINK_STATE_ONLINE ? 1 : 0);
  forced_offline_.Set(status.link() == v1::LINK_STATE_FORCED_OFFLINE ? 1 : 0);
  outbox_.Set(static_cast<double>(status.outbox_depth()));
  unacknowledged_.Set(static_cast<double>(status.outbox_unacknowledged()));
  outbox_age_.Set(static_cast<double>(status.outbox_age().seconds()) +
                  static_cast<double>(status.outbox_age().nanos()) / 1e9);
  lag_changes_.Set(static_cast<double>(status.lag_changes()));
  customers_.Set(static_cast<double>(status.customers()));
  ready_.Set(status.configured() ? 1 : 0);
  alarms_.Set(status.alarms_size());
  CountUpTo(status.created_synchronously(), synchronous_counted_, synchronous_);
  CountUpTo(status.created_by_fallback(), fallback_counted_, fallback_);
  CountUpTo(status.created_asynchronously(), asynchronous_counted_, asynchronous_);
}

}  // namespace comptoir::channel
