#include "channel-service/domain/reads/read_through.h"

#include <utility>

#include "channel-service/domain/hq_call.h"
#include "channel-service/domain/replication/answers.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::ListAddressesResponse;

bool IsMissing(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kCustomerNotFound || reason == Reason::kAddressNotFound;
}

// It may be at HQ.
absl::Status NotAsked(const absl::Status& missing) {
  return MakeError(ReasonOf(missing).value_or(Reason::kCustomerNotFound),
                   "It isn't here, and HQ cannot be asked.",
                   {{"hq", std::string(ReasonName(Reason::kHqUnreachable))}});
}

// The address out of an answer that couldn't be stored.
absl::StatusOr<Address> AddressIn(const hq::v1::OpenCustomerResponse& response,
                                  const std::string& name, const absl::Status& missing) {
  storage::v1::CustomerRecord customer;
  for (const auto& change : response.records()) {
    if (change.kind() == replication::v1::RECORD_KIND_CUSTOMER) {
      customer.ParseFromString(change.record());
      continue;
    }
    storage::v1::AddressRecord address;
    if (address.ParseFromString(change.record()) && address.address().name() == name) {
      return AddressView(address, customer);
    }
  }
  return missing;
}

}  // namespace

void ReadThrough::GetCustomer(const customer::v1::GetCustomerRequest& request,
                              const CallContext& call, Done<Customer> done) {
  auto held = reads_.Get(request, call.language);
  if (!IsMissing(held.status())) return done(std::move(held));
  Open(request.channel(), request.name(), call, held.status(),
       [this, request, language = call.language,
        done = std::move(done)](absl::StatusOr<Opened> opened) {
         if (!opened.ok()) return done(opened.status());
         auto stored = reads_.Get(request, language);
         // A pending one of another store, or one that this database may not hold.
         if (IsMissing(stored.status())) return done(std::move(*opened->value.mutable_customer()));
         done(std::move(stored));
       });
}

void ReadThrough::GetAddress(const customer::v1::GetAddressRequest& request,
                             const CallContext& call, Done<Address> done) {
  auto held = reads_.Get(request);
  // A customer that is held is held with its addresses.
  if (ReasonOf(held.status()) != Reason::kCustomerNotFound) return done(std::move(held));
  Open(request.channel(), request.name(), call, held.status(),
       [this, request, done = std::move(done)](absl::StatusOr<Opened> opened) {
         if (!opened.ok()) return done(opened.status());
         auto stored = reads_.Get(request);
         if (!IsMissing(stored.status())) return done(std::move(stored));
         done(AddressIn(opened->value, request.name(), stored.status()));
       });
}

void ReadThrough::ListAddresses(const customer::v1::ListAddressesRequest& request,
                                const CallContext& call, Done<ListAddressesResponse> done) {
  customer::v1::GetCustomerRequest customer;
  customer.set_channel(request.channel());
  customer.set_name(request.parent());
  const auto held = reads_.Get(customer, call.language);
  // Not of all customers, and nothing that is wrong otherwise.
  if (!IsMissing(held.status())) return done(reads_.List(request));
  Open(request.channel(), request.parent(), call, held.status(),
       [this, request, done = std::move(done)](const absl::StatusOr<Opened>& opened) {
         if (!opened.ok()) return done(opened.status());
         done(reads_.List(request));
       });
}

void ReadThrough::Open(const std::string& channel, const std::string& name, const CallContext& call,
                       absl::Status missing, Done<Opened> done) {
  const auto trusted = context_.channels.Trusted(channel);
  if (!trusted.ok()) return done(trusted.status());
  const auto limited = ContextForHq(context_, call, HqPatience::kWithoutFallback);
  if (!context_.link.online() || !limited.ok()) return done(NotAsked(missing));
  hq::v1::OpenCustomerRequest request;
  request.set_channel(*trusted);
  request.set_name(name);
  request.set_channel_service(context_.options.id);
  CallHq<hq::v1::OpenCustomerRequest, hq::v1::OpenCustomerResponse>(
      context_, alive_, &HqClient::OpenCustomer, request, *limited,
      [this, missing = std::move(missing), done = std::move(done)](absl::StatusOr<Opened> answer) {
        if (answer.ok()) return Store(*std::move(answer), done);
        done(IsRefusal(answer.status()) ? answer.status() : NotAsked(missing));
      });
}

void ReadThrough::Store(Opened answer, Done<Opened> done) {
  if (absl::Status status = CheckOpened(answer.value); !status.ok()) return done(std::move(status));
  if (answer.value.records().empty()) return done(std::move(answer));
  context_.environment.submitter.Submit(
      Priority::kInteractive,
      [answer](Transaction& transaction) { return StoreOpened(transaction, answer); },
      alive_.Guard([this, answer, done = std::move(done)](absl::Status status) {
        if (!status.ok()) return done(std::move(status));
        context_.listener.CustomersChanged();
        done(answer);
      }));
}

}  // namespace comptoir::channel
