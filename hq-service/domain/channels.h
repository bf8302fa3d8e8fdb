// Which channel a request at HQ is about. (K2)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/customer/configuration.h"
#include "common/storage/database.h"

namespace comptoir::hq {

// The channel that is named, or the only one that isn't closed. CHANNEL_NOT_FOUND;
// REFERENCE_RETIRED if it is closed; INVALID_FIELDS, "channel", REQUIRED if none is named and there
// isn't exactly one.
absl::StatusOr<ChannelConfiguration> ResolveChannel(const Reader& reader, std::string_view channel);

// For requests that don't need one: the channel that is named, which must not be closed, else
// `fallback` if that exists, closed or not, else one without any defaults.
absl::StatusOr<ChannelConfiguration> ResolveChannelOr(const Reader& reader,
                                                      std::string_view channel,
                                                      std::string_view fallback = "");

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_
