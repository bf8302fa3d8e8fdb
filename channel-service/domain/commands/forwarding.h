// What every edit has in common that a store hands to HQ while its caller waits: who sends it, its
// request id, and what the caller hears if HQ's answer doesn't come.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_FORWARDING_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_FORWARDING_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "channel-service/domain/context.h"
#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/names.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::channel {

// Names the channel in full, and tells HQ the channel service and the digest of what was asked.
template <typename Request>
absl::Status PrepareForwarding(const DomainContext& context, Request& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, context.channels.Configured(request.channel()));
  std::string digest = RequestDigest(channel->digest_key, request);
  request.set_channel(channel->configuration.channel);
  request.mutable_forwarded()->set_channel_service(context.options.id);
  request.mutable_forwarded()->set_request_digest(std::move(digest));
  return absl::OkStatus();
}

// The id in the request, or a new one, which is set there.
template <typename Request>
absl::StatusOr<Uuid> RequestIdOf(const DomainContext& context, Request& request) {
  if (request.request_id().empty()) {
    const Uuid id = NewUuid(context.environment.random);
    request.set_request_id(id.ToString());
    return id;
  }
  return ParseRequestId(request.request_id());
}

absl::Status OutcomeUnknown(const Uuid& request_id);

// What the caller hears if HQ's answer is `error`: that error if it is HQ's word that nothing was
// done, else OUTCOME_UNKNOWN.
absl::Status ErrorOfEdit(const absl::Status& error, const Uuid& request_id);

// HQ cannot change the customer yet, or never will: CUSTOMER_PENDING, CUSTOMER_REJECTED.
absl::Status CheckIsAtHq(const customer::v1::Customer& customer);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_FORWARDING_H_
