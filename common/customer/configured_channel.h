// A channel as requests for it need it, read once for many of them.

#ifndef COMPTOIR_COMMON_CUSTOMER_CONFIGURED_CHANNEL_H_
#define COMPTOIR_COMMON_CUSTOMER_CONFIGURED_CHANNEL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/customer/configuration.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

struct ConfiguredChannel {
  // With what every new customer names.
  ChannelConfiguration configuration;
  std::string digest_key;
};

// Errors are those of ReadChannelConfiguration().
absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> ReadConfiguredChannel(
    const Reader& reader, std::string_view channel);

// For a request about one customer: with the definitions that it names; most name none of their
// own, and share it.
absl::StatusOr<std::shared_ptr<const ChannelConfiguration>> ConfigurationFor(
    const Reader& reader, const customer::v1::Customer& customer,
    const std::shared_ptr<const ConfiguredChannel>& channel);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_CONFIGURED_CHANNEL_H_
