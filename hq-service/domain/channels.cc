#include "hq-service/domain/channels.h"

#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {
namespace {

// More than any chain has; those that were closed count, too.
constexpr size_t kChannelsMax = 100'000;

// Nothing new comes from a channel that is closed.
absl::Status CheckOpen(const Reader& reader, std::string_view channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto record,
      ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(channel)));
  if (record.has_value() && record->channel().retired()) {
    return MakeError(Reason::kReferenceRetired, "The channel is closed.",
                     {{"channel", std::string(channel)}});
  }
  return absl::OkStatus();
}

// The number of the channel that a request is about.
absl::StatusOr<std::string> Resolved(const Reader& reader, std::string_view channel) {
  if (!channel.empty()) {
    COMPTOIR_RETURN_IF_ERROR(CheckOpen(reader, channel));
    return std::string(channel);
  }
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
  if (channels.size() == 1) return std::move(channels.front());
  FieldViolations violations;
  violations.Add("channel", "REQUIRED", "HQ serves all channels: name one.");
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<ChannelConfiguration> ResolveChannel(const Reader& reader,
                                                    std::string_view channel) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, Resolved(reader, channel));
  return ReadChannelConfiguration(reader, number);
}

absl::StatusOr<ChannelConfiguration> ResolveChannelOr(const Reader& reader,
                                                      std::string_view channel,
                                                      std::string_view fallback) {
  if (!channel.empty()) return ResolveChannel(reader, channel);
  if (!fallback.empty()) {
    auto configuration = ReadChannelConfiguration(reader, fallback);
    if (ReasonOf(configuration.status()) != Reason::kChannelNotFound) return configuration;
  }
  ChannelConfiguration shared;
  COMPTOIR_RETURN_IF_ERROR(ReadSharedConfiguration(reader, shared));
  return shared;
}

absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> ConfiguredChannels::Resolve(
    const Reader& reader, std::string_view channel) {
  // Read first: what is read after it is no older, and whoever finds a later version reads anew.
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence version, ConfigurationVersion(reader));
  {
    MutexLock lock(mutex_);
    const auto kept = channels_.find(ToAbsl(channel));
    if (version == version_ && kept != channels_.end()) return kept->second;
  }
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, Resolved(reader, channel));
  COMPTOIR_ASSIGN_OR_RETURN(auto configured, ReadConfiguredChannel(reader, number));
  MutexLock lock(mutex_);
  if (version < version_) return configured;
  if (version > version_ || channels_.size() >= channels_max_) channels_.clear();
  version_ = version;
  channels_[std::string(channel)] = configured;
  return configured;
}

}  // namespace comptoir::hq
