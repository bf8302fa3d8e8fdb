// The flags of channel-service.

#ifndef COMPTOIR_CHANNEL_SERVICE_CONFIG_H_
#define COMPTOIR_CHANNEL_SERVICE_CONFIG_H_

#include "absl/status/statusor.h"
#include "channel-service/process.h"

namespace comptoir::channel {

// Fails with one line that names each flag that is wrong, its value and what it must be.
absl::StatusOr<ChannelProcessOptions> OptionsFromFlags();

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_CONFIG_H_
