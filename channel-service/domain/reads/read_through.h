// Reads of customers that this service doesn't hold: HQ is asked in real time, puts the customer
// into the channel's address books, and its answer is stored at once. Thread-safe. (V6)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READ_THROUGH_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READ_THROUGH_H_

#include <functional>
#include <string>

#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/reads/reads.h"
#include "common/customer/requests/call_context.h"
#include "comptoir/hq/v1/visibility_service.pb.h"

namespace comptoir::channel {

class ReadThrough {
 public:
  ReadThrough(const DomainContext& context, const Reads& reads)
      : context_(context), reads_(reads) {}

  // HQ's refusal as it is. Where HQ can't be asked: NOT_FOUND, with HQ_UNREACHABLE as "hq" in the
  // metadata.
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                   Done<customer::v1::Customer> done);
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& call,
                  Done<customer::v1::Address> done);
  // The first page is complete at once; the other addresses of a customer that has just come may
  // still be on their way.
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& call,
                     Done<customer::v1::ListAddressesResponse> done);

 private:
  using Opened = HqAnswer<hq::v1::OpenCustomerResponse>;

  // Asks HQ for what `missing` says isn't here, and stores the answer.
  void Open(const std::string& channel, const std::string& name, const CallContext& call,
            absl::Status missing, Done<Opened> done);
  void Store(Opened answer, Done<Opened> done);

  // Constant after construction.
  const DomainContext& context_;
  const Reads& reads_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_READ_THROUGH_H_
