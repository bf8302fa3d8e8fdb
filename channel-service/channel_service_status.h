// The status of a channel service, as StatusService gives it.

#ifndef COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_STATUS_H_
#define COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_STATUS_H_

#include "absl/status/statusor.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/outbox/unsettled.h"
#include "channel-service/sync/link_monitor.h"

namespace comptoir::channel {

struct StatusSources {
  const ChannelServiceEnvironment& environment;
  const ChannelServiceOptions& options;
  const ServedChannels& channels;
  LinkMonitor::Status link;
  replication::v1::Position high_watermark;
  const Alarms& alarms;
  const CreateCounters& counters;
  // Remembers from one status to the next.
  OldestUnsettled& oldest_unsettled;
  // By a person at HQ.
  bool upload_paused;
  bool download_paused;
};

absl::StatusOr<channel::v1::Status> ReadStatus(const StatusSources& sources);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_STATUS_H_
