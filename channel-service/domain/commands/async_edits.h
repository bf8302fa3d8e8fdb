// Edits in a store. With F5 they are committed here and uploaded later, whatever the mode and the
// link, for synced and pending customers alike; without it HQ makes them in real time.
// Thread-safe. (F5, C7, A10, C10)
//
// Each carries what it replaced, so that HQ sees what somebody else has changed meanwhile. A stale
// etag is refused here and never later: what was answered "saved" is HQ's to merge.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ASYNC_EDITS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ASYNC_EDITS_H_

#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/commands/edits.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/outbox/own_edits.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class AsyncEdits {
 public:
  AsyncEdits(const DomainContext& context, Edits& edits) : context_(context), edits_(edits) {}

  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request, const CallContext& call,
                      Done<customer::v1::Customer> done);
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& call,
                     Done<customer::v1::Address> done);
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& call, Done<customer::v1::Address> done);

 private:
  template <typename Request, typename View>
  using EditsMethod = void (Edits::*)(const Request&, const CallContext&, Done<View>);

  // Captures the edit, or hands it to HQ.
  template <typename Request, typename View>
  void Edit(EditsMethod<Request, View> in_real_time, const Request& request,
            const CallContext& call, Done<View> done);
  template <typename Request>
  absl::StatusOr<OwnEdit> Prepare(const Request& request, const ConfiguredChannel& channel) const;
  template <typename Request, typename View>
  void Commit(const Request& request, const OwnEdit& edit, const CallContext& call,
              Done<View> done);

  // Constant after construction.
  const DomainContext& context_;
  Edits& edits_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_ASYNC_EDITS_H_
