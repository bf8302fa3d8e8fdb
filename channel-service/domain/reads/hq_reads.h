// Reading customers and addresses at HQ in real time, where customer data is filtered: nothing of
// it is stored. Thread-safe. (S9)
//
// What the store has made itself and not settled is in its own database until the purge, and is
// read from there.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_HQ_READS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_HQ_READS_H_

#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/hq_call.h"
#include "channel-service/domain/reads/reads.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class HqReads {
 public:
  HqReads(const DomainContext& context, const Reads& reads) : context_(context), reads_(reads) {}

  // HQ's answer or refusal; HQ_UNREACHABLE for anything else.
  void Get(const customer::v1::GetCustomerRequest& request, const CallContext& call,
           Done<customer::v1::Customer> done);
  void Get(const customer::v1::GetAddressRequest& request, const CallContext& call,
           Done<customer::v1::Address> done);
  void List(const customer::v1::ListCustomersRequest& request, const CallContext& call,
            Done<customer::v1::ListCustomersResponse> done);
  void List(const customer::v1::ListAddressesRequest& request, const CallContext& call,
            Done<customer::v1::ListAddressesResponse> done);

 private:
  template <typename Request, typename View>
  void Ask(HqMethod<Request, View> method, Request request, const CallContext& call,
           Done<View> done);

  // Constant after construction.
  const DomainContext& context_;
  const Reads& reads_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_HQ_READS_H_
