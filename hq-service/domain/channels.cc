#include "hq-service/domain/channels.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::hq {

absl::StatusOr<ChannelConfiguration> ResolveChannel(const Reader& reader,
                                                    std::string_view channel) {
  if (!channel.empty()) return ReadChannelConfiguration(reader, channel);
  std::vector<std::string> channels;
  const std::string prefix = KeyWriter().Byte(replication::v1::RECORD_KIND_CHANNEL).key();
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(Table::kRecords, PrefixRange(prefix, /*rows_max=*/2),
                                       [&](std::string_view key, std::string_view) {
                                         channels.emplace_back(key.substr(prefix.size()));
                                         return true;
                                       }));
  if (channels.size() == 1) return ReadChannelConfiguration(reader, channels.front());
  FieldViolations violations;
  violations.Add("channel", "REQUIRED", "HQ serves all channels: name one.");
  return violations.ToStatus();
}

absl::StatusOr<ChannelConfiguration> ResolveChannelOr(const Reader& reader,
                                                      std::string_view channel,
                                                      std::string_view fallback) {
  if (!channel.empty()) return ReadChannelConfiguration(reader, channel);
  if (!fallback.empty()) {
    auto configuration = ReadChannelConfiguration(reader, fallback);
    if (ReasonOf(configuration.status()) != Reason::kChannelNotFound) return configuration;
  }
  ChannelConfiguration shared;
  COMPTOIR_RETURN_IF_ERROR(ReadSharedConfiguration(reader, shared));
  return shared;
}

}  // namespace comptoir::hq
