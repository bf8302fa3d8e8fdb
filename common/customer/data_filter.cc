#include "common/customer/data_filter.h"

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {
namespace {

absl::StatusOr<bool> IsFiltered(const Reader& reader, const std::string& channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto record,
      ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(channel)));
  if (!record.has_value() || record->channel().channel_database_group().empty()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto group,
      ReadRecord<storage::v1::ConfigurationRecord>(
          reader, Table::kRecords,
          ConfigurationRecordKey(replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP,
                                 IdInName(record->channel().channel_database_group()))));
  return group.has_value() &&
         group->configuration().channel_database_group().filter_shared_customer_data();
}

}  // namespace

absl::StatusOr<bool> IsCustomerDataFiltered(const Reader& reader,
                                            absl::Span<const std::string> channels) {
  for (const std::string& channel : channels) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsFiltered(reader, channel));
    if (filtered) return true;
  }
  return false;
}

}  // namespace comptoir
