#include "common/customer/configuration.h"

#include <algorithm>
#include <optional>

#include "common/base/status.h"
#include "common/customer/record_io.h"
#include "common/storage/key_codec.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using replication::v1::RecordKind;

std::string ConfigurationKey(RecordKind kind, std::string_view id) {
  return KeyWriter().Byte(static_cast<uint8_t>(kind)).Rest(id).key();
}

// "profiles/{id}" → id.
std::string_view IdInName(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
}

// What a channel refers to and HQ has checked: only not come yet, if it is missing.
template <typename Record>
absl::StatusOr<Record> ReadReferred(const Reader& reader, std::string_view key,
                                    std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<Record> record, ReadRecord<Record>(reader, key));
  if (record.has_value()) return *std::move(record);
  return MakeError(Reason::kConfigurationMissing, "A configuration record hasn't come yet.",
                   {{"record", std::string(name)}});
}

}  // namespace

absl::StatusOr<ChannelConfiguration> ReadChannelConfiguration(const Reader& reader,
                                                              std::string_view channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const std::optional<storage::v1::ChannelRecord> record,
      ReadRecord<storage::v1::ChannelRecord>(reader, ChannelRecordKey(channel)));
  if (!record.has_value()) {
    return MakeError(Reason::kChannelNotFound, "No such channel.",
                     {{"channel", std::string(channel)}});
  }
  const std::string& profile_name = record->channel().profile();
  const std::string& unit_name = record->channel().operating_unit();
  COMPTOIR_ASSIGN_OR_RETURN(const storage::v1::ProfileRecord profile,
                            ReadReferred<storage::v1::ProfileRecord>(
                                reader, ProfileRecordKey(IdInName(profile_name)), profile_name));
  COMPTOIR_ASSIGN_OR_RETURN(const storage::v1::OperatingUnitRecord unit,
                            ReadReferred<storage::v1::OperatingUnitRecord>(
                                reader, OperatingUnitRecordKey(IdInName(unit_name)), unit_name));
  return ChannelConfiguration{
      .channel = std::string(channel),
      .currency = record->channel().currency(),
      .language = record->channel().language(),
      .default_country = unit.operating_unit().address().country(),
      .create_customer_async = profile.profile().create_customer_async(),
      .version = std::max({record->version(), profile.version(), unit.version()}),
  };
}

absl::StatusOr<std::string> ReadDigestKey(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const storage::v1::ChainRecord chain,
      ReadReferred<storage::v1::ChainRecord>(reader, ChainRecordKey(), "chain"));
  return chain.digest_key();
}

std::string ChannelRecordKey(std::string_view channel) {
  return ConfigurationKey(replication::v1::RECORD_KIND_CHANNEL, channel);
}

std::string ProfileRecordKey(std::string_view profile) {
  return ConfigurationKey(replication::v1::RECORD_KIND_PROFILE, profile);
}

std::string OperatingUnitRecordKey(std::string_view operating_unit) {
  return ConfigurationKey(replication::v1::RECORD_KIND_OPERATING_UNIT, operating_unit);
}

std::string NumberSequenceRecordKey(std::string_view number_sequence) {
  return ConfigurationKey(replication::v1::RECORD_KIND_NUMBER_SEQUENCE, number_sequence);
}

std::string ChainRecordKey() {
  return ConfigurationKey(replication::v1::RECORD_KIND_CHAIN, "chain");
}

}  // namespace comptoir
