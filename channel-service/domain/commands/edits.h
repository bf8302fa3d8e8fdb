// Edits in a store: at HQ in real time, its answer stored before it is given. Nothing is stored
// otherwise, and nothing falls back. Thread-safe. (C7, A10, S10, L1)
//
// The request id exists before HQ is asked. OUTCOME_UNKNOWN carries it, so that the caller can
// repeat what it cannot know.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_EDITS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_EDITS_H_

#include <string>

#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/hq_call.h"
#include "common/base/uuid.h"
#include "common/customer/requests/call_context.h"
#include "common/customer/requests/names.h"

namespace comptoir::channel {

class Edits {
 public:
  explicit Edits(const DomainContext& context) : context_(context) {}

  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request, const CallContext& call,
                      Done<customer::v1::Customer> done);
  // Repeated with the same UUID and content, it is answered from the record.
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& call,
                     Done<customer::v1::Address> done);
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& call,
                     Done<customer::v1::Address> done);
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& call, Done<customer::v1::Address> done);

 private:
  // What all four have in common.
  struct Edit {
    CustomerId customer;
    Uuid request_id;
    std::string created_digest;  // of the address, if this creates one
    CallContext call;
  };
  template <typename Request, typename View>
  void Forward(HqMethod<Request, View> method, absl::StatusOr<Edit> edit, Request request,
               Done<View> done);
  template <typename View>
  void HqAnswered(const Edit& edit, absl::StatusOr<HqAnswer<View>> answer, Done<View> done);

  absl::StatusOr<Edit> Prepare(customer::v1::UpdateCustomerRequest& request);
  absl::StatusOr<Edit> Prepare(customer::v1::CreateAddressRequest& request);
  absl::StatusOr<Edit> Prepare(customer::v1::UpdateAddressRequest& request);
  absl::StatusOr<Edit> Prepare(customer::v1::DeactivateAddressRequest& request);
  // CUSTOMER_PENDING for an address that HQ doesn't have yet.
  absl::Status CheckAtHq(const AddressKey& key) const;
  // A customer of this store that HQ can change now.
  absl::Status CheckEditable(const CustomerId& id) const;

  // Constant after construction.
  const DomainContext& context_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_EDITS_H_
