#include "hq-service/domain/channels.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {
namespace {

// More than any chain has; those that were closed count, too.
constexpr size_t kChannelsMax = 100'000;

// Nothing new comes from a channel that is closed.
absl::StatusOr<ChannelConfiguration> ReadOpenChannel(const Reader& reader,
                                                     std::string_view channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto record,
      ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(channel)));
  if (record.has_value() && record->channel().retired()) {
    return MakeError(Reason::kReferenceRetired, "The channel is closed.",
                     {{"channel", std::string(channel)}});
  }
  return ReadChannelConfiguration(reader, channel);
}

}  // namespace

absl::StatusOr<ChannelConfiguration> ResolveChannel(const Reader& reader,
                                                    std::string_view channel) {
  if (!channel.empty()) return ReadOpenChannel(reader, channel);
  std::vector<std::string> channels;
  const std::string prefix = KeyWriter().Byte(replication::v1::RECORD_KIND_CHANNEL).key();
  KeyRange range = PrefixRange(prefix);
  range.rows_max = kChannelsMax;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::ChannelRecord>(
      reader, Table::kRecords, range,
      [&](std::string_view key, const storage::v1::ChannelRecord& record) {
        if (!record.channel().retired()) channels.emplace_back(key.substr(prefix.size()));
        return channels.size() < 2;
      }));
  if (channels.size() == 1) return ReadChannelConfiguration(reader, channels.front());
  FieldViolations violations;
  violations.Add("channel", "REQUIRED", "HQ serves all channels: name one.");
  return violations.ToStatus();
}

absl::StatusOr<ChannelConfiguration> ResolveChannelOr(const Reader& reader,
                                                      std::string_view channel,
                                                      std::string_view fallback) {
  if (!channel.empty()) return ReadOpenChannel(reader, channel);
  if (!fallback.empty()) {
    auto configuration = ReadChannelConfiguration(reader, fallback);
    if (ReasonOf(configuration.status()) != Reason::kChannelNotFound) return configuration;
  }
  ChannelConfiguration shared;
  COMPTOIR_RETURN_IF_ERROR(ReadSharedConfiguration(reader, shared));
  return shared;
}

}  // namespace comptoir::hq
