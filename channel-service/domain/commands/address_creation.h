// New addresses in a store. With F4 they are committed here and uploaded later, whatever the mode
// and the link, for synced and pending customers alike; without it, or where
// customer data is filtered, HQ creates them in real time.
// Thread-safe. (A9, S10)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ADDRESS_CREATION_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ADDRESS_CREATION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/commands/edits.h"
#include "channel-service/domain/context.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class AddressCreation {
 public:
  AddressCreation(const DomainContext& context, Edits& edits) : context_(context), edits_(edits) {}

  // Repeated with the same UUID and content, it is answered from the record.
  void Create(const customer::v1::CreateAddressRequest& request, const CallContext& call,
              Done<customer::v1::Address> done);

 private:
  struct Request;
  using RequestPtr = std::shared_ptr<const Request>;

  absl::StatusOr<RequestPtr> Prepare(const customer::v1::CreateAddressRequest& request,
                                     const ConfiguredChannel& channel) const;
  void Commit(const RequestPtr& request, Done<customer::v1::Address> done);

  // Constant after construction.
  const DomainContext& context_;
  Edits& edits_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ADDRESS_CREATION_H_
