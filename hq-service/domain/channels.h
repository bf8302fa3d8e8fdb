// Which channel a request at HQ is about. (K2)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/customer/configured_channel.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"

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

// The channels that creates are made for, read once for all of them until the configuration
// changes, which the next request sees. Thread-safe.
class ConfiguredChannels {
 public:
  // More than these aren't kept at once.
  explicit ConfiguredChannels(size_t channels_max = 1000) : channels_max_(channels_max) {}

  // As ResolveChannel(). `reader` reads what is committed.
  absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> Resolve(const Reader& reader,
                                                                   std::string_view channel);

 private:
  // Constant after construction.
  const size_t channels_max_;

  Mutex mutex_;
  // Guarded by mutex_. By the name that requests use, of the configuration at `version_` or later.
  absl::flat_hash_map<std::string, std::shared_ptr<const ConfiguredChannel>> channels_
      ABSL_GUARDED_BY(mutex_);
  Sequence version_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CHANNELS_H_
