#include "channel-service/domain/reads/hq_reads.h"

#include <utility>

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::ListAddressesResponse;
using customer::v1::ListCustomersResponse;

}  // namespace

template <typename Request, typename View>
void HqReads::Ask(HqMethod<Request, View> method, Request request, const CallContext& call,
                  Done<View> done) {
  const auto channel = context_.channels.Trusted(request.channel());
  if (!channel.ok()) return done(channel.status());
  if (!context_.link.online()) return done(HqUnreachable());
  const auto limited = ContextForHq(context_, call, HqPatience::kWithoutFallback);
  if (!limited.ok()) return done(limited.status());
  request.set_channel(*channel);
  CallHq<Request, View>(context_, alive_, method, request, *limited,
                        [done = std::move(done)](absl::StatusOr<HqAnswer<View>> answer) {
                          if (answer.ok()) return done(std::move(answer->value));
                          done(RefusalOrUnreachable(answer.status()));
                        });
}

void HqReads::Get(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                  Done<Customer> done) {
  auto own = reads_.Get(request, call.language);
  if (own.ok() && own->state() == customer::v1::CUSTOMER_STATE_PENDING) return done(std::move(own));
  Ask(&HqClient::GetCustomer, request, call, std::move(done));
}

void HqReads::Get(const customer::v1::GetAddressRequest& request, const CallContext& call,
                  Done<Address> done) {
  auto own = reads_.Get(request);
  if (own.ok() && own->pending()) return done(std::move(own));
  Ask(&HqClient::GetAddress, request, call, std::move(done));
}

void HqReads::List(const customer::v1::ListCustomersRequest& request, const CallContext& call,
                   Done<ListCustomersResponse> done) {
  Ask(&HqClient::ListCustomers, request, call, std::move(done));
}

void HqReads::List(const customer::v1::ListAddressesRequest& request, const CallContext& call,
                   Done<ListAddressesResponse> done) {
  Ask(&HqClient::ListAddresses, request, call, std::move(done));
}

}  // namespace comptoir::channel
