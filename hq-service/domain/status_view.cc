#include "hq-service/domain/status_view.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/customer/data_filter.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/configuration/administration.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/operations/operations_admin.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/recovery/recovery.h"

namespace comptoir::hq {
namespace {

using Services = std::map<std::string, v1::ChannelServiceInfo>;

// Those that channels name: one that never said hello is what an operator looks for.
absl::Status AddConfigured(const Reader& reader, Services& services) {
  KeyRange range = PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CHANNEL).key());
  range.rows_max = std::numeric_limits<size_t>::max();
  return ScanRecords<storage::v1::ChannelRecord>(
      reader, Table::kRecords, range,
      [&](std::string_view key, const storage::v1::ChannelRecord& record) {
        if (record.channel().retired()) return true;
        for (const std::string& id : record.channel().channel_services()) {
          services[id].add_channels(std::string(key.substr(1)));
        }
        return true;
      });
}

}  // namespace

absl::StatusOr<v1::ListChannelServicesResponse> ListChannelServices(
    const Reader& reader, const std::map<std::string, ConnectionInfo>& connections,
    const LiveServices& live) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence configuration, ConfigurationVersion(reader));
  Services services;
  COMPTOIR_RETURN_IF_ERROR(AddConfigured(reader, services));
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader, [&](std::string_view id, const storage::v1::UploadPosition& position) {
        v1::ChannelServiceInfo& info = services[std::string(id)];
        *info.mutable_channels() = position.channels();
        info.set_lineage(position.lineage());
        info.set_uploaded_sequence(position.position().sequence());
      }));
  for (const auto& [id, connection] : connections) {
    v1::ChannelServiceInfo& info = services[id];
    info.set_upload_connected(connection.upload_connected);
    info.set_subscribe_connected(connection.subscribe_connected);
    info.set_acknowledged_sequence(connection.acknowledged.value());
    info.set_configuration_version(connection.configuration_acknowledged.value());
    for (const std::string& alarm : connection.alarms) info.add_alarms(alarm);
  }
  for (const std::string& id : live.upload_paused) services[id].set_upload_paused(true);
  for (const std::string& id : live.download_paused) services[id].set_download_paused(true);
  v1::ListChannelServicesResponse response;
  for (auto& [id, info] : services) {
    info.set_name(absl::StrCat("channelServices/", id));
    const std::vector<std::string> channels(info.channels().begin(), info.channels().end());
    COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsCustomerDataFiltered(reader, channels));
    info.set_customer_data_filtered(filtered);
    info.set_lag_changes(last.value() - info.acknowledged_sequence());
    info.set_configuration_lags(info.configuration_version() < configuration.value());
    info.set_configuration_version(std::min(info.configuration_version(), configuration.value()));
    *response.add_channel_services() = std::move(info);
  }
  return response;
}

absl::StatusOr<v1::HqStatus> ReadHqStatus(const Reader& reader,
                                          const replication::v1::Epoch& epoch) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const Counters counters, ReadCounters(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const std::string reason, ConversionReason(reader));
  v1::HqStatus status;
  status.set_version(std::string(Version()));
  *status.mutable_epoch() = epoch;
  *status.mutable_high_watermark() = MakePosition(epoch, last);
  status.set_customers(static_cast<uint64_t>(counters.customers));
  status.set_staged_operations(static_cast<uint64_t>(counters.staged));
  status.set_refused_operations(static_cast<uint64_t>(counters.refused));
  status.set_conversion_reason(reason);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence configuration, ConfigurationVersion(reader));
  status.set_configuration_version(configuration.value());
  COMPTOIR_ASSIGN_OR_RETURN(*status.mutable_recovery(), RecoveryView(reader));
  return status;
}

}  // namespace comptoir::hq
