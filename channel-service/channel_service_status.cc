#include "channel-service/channel_service_status.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/unsettled.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/customer/configuration.h"
#include "common/storage/epochs.h"

namespace comptoir::channel {
namespace {

absl::Status AddOutbox(const Reader& reader, OldestUnsettled& oldest_unsettled, absl::Time now,
                       channel::v1::Status& status) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(reader));
  status.set_outbox_depth(state.depth());
  status.set_outbox_unacknowledged(state.last_sequence() - state.acknowledged_sequence());
  status.set_lineage(state.lineage());
  COMPTOIR_ASSIGN_OR_RETURN(const absl::Time oldest, oldest_unsettled.CaptureTime(reader));
  *status.mutable_outbox_age() =
      ToDuration(oldest == absl::InfiniteFuture() ? absl::ZeroDuration() : now - oldest);
  COMPTOIR_ASSIGN_OR_RETURN(*status.mutable_epoch(), CurrentEpoch(reader));
  return absl::OkStatus();
}

absl::Status AddCursors(const Reader& reader, const replication::v1::Position& high_watermark,
                        channel::v1::Status& status) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto cursors, ReadCursors(reader));
  uint64_t lag = 0;
  for (const replication::v1::Cursor& cursor : cursors) {
    channel::v1::CursorStatus& view = *status.add_cursors();
    *view.mutable_membership() = cursor.membership();
    *view.mutable_position() = cursor.position();
    const uint64_t sequence = cursor.position().sequence();
    if (cursor.membership().job() == replication::v1::JOB_1110_GLOBAL) {
      status.set_configuration_version(sequence);
    }
    if (high_watermark.sequence() > sequence) {
      lag = std::max(lag, high_watermark.sequence() - sequence);
    }
  }
  *status.mutable_high_watermark() = high_watermark;
  status.set_lag_changes(lag);
  return absl::OkStatus();
}

absl::Status AddDataFilter(const Reader& reader, channel::v1::Status& status) {
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(reader));
  status.set_customer_data_filtered(filter.filtered());
  // The same stages in the same order.
  static_assert(static_cast<int>(FilterStage::kPurged) == channel::v1::CUSTOMER_DATA_PURGE_DONE);
  status.set_customer_data_purge(static_cast<channel::v1::CustomerDataPurge>(filter.stage));
  return absl::OkStatus();
}

absl::Status AddFeatures(const Reader& reader, channel::v1::Status& status) {
  ChannelConfiguration shared;
  COMPTOIR_RETURN_IF_ERROR(ReadSharedConfiguration(reader, shared));
  for (const std::string& feature : shared.features) status.add_features(feature);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<channel::v1::Status> ReadStatus(const StatusSources& sources) {
  const std::unique_ptr<Reader> reader = sources.environment.database.NewReader();
  channel::v1::Status status;
  status.set_version(VersionText());
  status.set_channel_service(sources.options.id);
  for (const std::string& channel : sources.options.channels) status.add_channels(channel);
  status.set_link(sources.link.state);
  *status.mutable_link_since() = ToTimestamp(sources.link.since);
  COMPTOIR_RETURN_IF_ERROR(
      AddOutbox(*reader, sources.oldest_unsettled, sources.environment.clock.Now(), status));
  COMPTOIR_RETURN_IF_ERROR(AddCursors(*reader, sources.high_watermark, status));
  COMPTOIR_RETURN_IF_ERROR(AddFeatures(*reader, status));
  COMPTOIR_RETURN_IF_ERROR(AddDataFilter(*reader, status));
  status.set_configured(sources.channels.complete());
  for (const std::string& alarm : sources.alarms.Names()) status.add_alarms(alarm);
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t customers, ReadCustomerCount(*reader));
  status.set_customers(customers);
  status.set_created_synchronously(sources.counters.synchronous);
  status.set_created_by_fallback(sources.counters.fallback);
  status.set_created_asynchronously(sources.counters.asynchronous);
  status.set_upload_paused(sources.upload_paused);
  status.set_download_paused(sources.download_paused);
  return status;
}

}  // namespace comptoir::channel
