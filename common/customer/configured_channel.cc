#include "common/customer/configured_channel.h"

#include "common/base/status.h"

namespace comptoir {

absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> ReadConfiguredChannel(
    const Reader& reader, std::string_view channel) {
  auto configured = std::make_shared<ConfiguredChannel>();
  COMPTOIR_ASSIGN_OR_RETURN(configured->configuration, ReadChannelConfiguration(reader, channel));
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, customer::v1::Customer::default_instance(),
                                           configured->configuration));
  COMPTOIR_ASSIGN_OR_RETURN(configured->digest_key, ReadDigestKey(reader));
  return configured;
}

absl::StatusOr<std::shared_ptr<const ChannelConfiguration>> ConfigurationFor(
    const Reader& reader, const customer::v1::Customer& customer,
    const std::shared_ptr<const ConfiguredChannel>& channel) {
  if (customer.customer_group().empty() && customer.affiliations().empty() &&
      customer.address_books().empty()) {
    return std::shared_ptr<const ChannelConfiguration>(channel, &channel->configuration);
  }
  auto configuration = std::make_shared<ChannelConfiguration>(channel->configuration);
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, customer, *configuration));
  return configuration;
}

}  // namespace comptoir
