// What a channel service says of itself when it opens a stream to HQ.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_HELLO_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_HELLO_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/base/status.h"
#include "common/storage/epochs.h"

namespace comptoir::channel {

inline constexpr uint32_t kProtocolVersion = 1;

// Hello is hq::v1::UploadHello or hq::v1::SubscribeHello.
template <typename Hello>
absl::StatusOr<Hello> NewHello(const Reader& reader, const ChannelServiceOptions& options) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch, CurrentEpoch(reader));
  Hello hello;
  hello.set_protocol_version(kProtocolVersion);
  hello.set_channel_service(options.id);
  for (const std::string& channel : options.channels) hello.add_channels(channel);
  hello.set_lineage(state.lineage());
  *hello.mutable_epoch() = epoch;
  return hello;
}

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_HELLO_H_
