// The customer methods of HQ.

#include <utility>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/customer/requests/batch_create.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/new_address_key.h"
#include "common/customer/rules/rules.h"
#include "common/customer/search/search.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/conversion/ensure_synchronized.h"
#include "hq-service/domain/customers/addresses.h"
#include "hq-service/domain/customers/consent_history.h"
#include "hq-service/domain/customers/create_customer.h"
#include "hq-service/domain/customers/loyalty_cards.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/domain/customers/update_customer.h"
#include "hq-service/hq_impl.h"
#include "hq-service/jobs/customer_watch.h"

namespace comptoir::hq {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::LoyaltyCard;

template <typename View, typename Request>
void HqImpl::Edit(const Request& request, const CallContext& call,
                  const absl::StatusOr<Uuid>& request_id, HqDone<View> done,
                  EditCommand<View, Request>* edit) const {
  if (!request_id.ok()) return done(request_id.status());
  EditContext context{.request_id = *request_id,
                      .request_digest = request.forwarded().request_digest(),
                      .now = context_->Now(),
                      .language = call.language,
                      .forwarded = request.has_forwarded()};
  if (context.request_digest.empty()) {
    const auto key = ReadDigestKey(context_->environment.database.latest());
    if (!key.ok()) return done(key.status());
    context.request_digest = RequestDigest(*key, request);
  }
  Run<View>(call, std::move(done),
            [request, context = std::move(context), edit](Transaction& transaction) {
              return edit(transaction, request, context);
            });
}

template <typename View, typename Request>
void HqImpl::Edit(const Request& request, const CallContext& call, HqDone<View> done,
                  EditCommand<View, Request>* edit) const {
  Edit(request, call, RequestIdOf(request.request_id(), context_->environment.random),
       std::move(done), edit);
}

template <typename Response, typename Request>
void HqImpl::ReadInChannel(
    const Request& request, const HqDone<Response>& done,
    const std::type_identity_t<std::function<absl::StatusOr<Response>(const Reader&)>>& read)
    const {
  Read<Response>(done, [&](const Reader& reader) -> absl::StatusOr<Response> {
    COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(reader, request.channel()).status());
    return read(reader);
  });
}

void HqImpl::GetNewCustomerForm(const customer::v1::GetNewCustomerFormRequest& request,
                                const CallContext& call, HqDone<Customer> done) {
  Read<Customer>(done, [&](const Reader& reader) -> absl::StatusOr<Customer> {
    COMPTOIR_ASSIGN_OR_RETURN(auto channel, ResolveChannel(reader, request.channel()));
    channel.by_administrator = true;
    COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, Customer(), channel));
    return NewCustomerForm(NewUuid(context_->environment.random), channel, call.language);
  });
}

void HqImpl::CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                            const CallContext& call, HqDone<Customer> done) {
  auto command =
      PrepareCreateCustomer(context_->environment.database.latest(), channels_, request,
                            context_->environment.random, context_->Now(), call.language);
  if (!command.ok()) return done(command.status());
  if (request.validate_only()) {
    return Read<Customer>(
        done, [&](const Reader& reader) { return RehearseCreateCustomer(reader, *command); });
  }
  Run<Customer>(call, std::move(done), [command = *std::move(command)](Transaction& transaction) {
    return hq::CreateCustomer(transaction, command);
  });
}

void HqImpl::BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest& request,
                                  const CallContext& call,
                                  Done<customer::v1::BatchCreateCustomersResponse> done) {
  BatchCreate(
      request, call.language,
      [this, call](const customer::v1::CreateCustomerRequest& one, Done<Customer> created) {
        CreateCustomer(one, call,
                       [created = std::move(created)](absl::StatusOr<HqAnswer<Customer>> answer) {
                         if (!answer.ok()) return created(answer.status());
                         created(std::move(answer->value));
                       });
      },
      std::move(done));
}

void HqImpl::GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                         HqDone<Customer> done) {
  Read<Customer>(
      done, [&](const Reader& reader) { return hq::GetCustomer(reader, request, call.language); });
}

void HqImpl::ListCustomers(const customer::v1::ListCustomersRequest& request,
                           const CallContext& call,
                           HqDone<customer::v1::ListCustomersResponse> done) {
  ReadInChannel(request, done, [&](const Reader& reader) {
    return comptoir::ListCustomers(reader, request, call.language);
  });
}

void HqImpl::UpdateCustomer(const customer::v1::UpdateCustomerRequest& request,
                            const CallContext& call, HqDone<Customer> done) {
  Edit(request, call, std::move(done), hq::UpdateCustomer);
}

void HqImpl::SearchCustomers(const customer::v1::SearchCustomersRequest& request,
                             const CallContext& call,
                             HqDone<customer::v1::SearchCustomersResponse> done) {
  using Response = customer::v1::SearchCustomersResponse;
  Read<Response>(done, [&](const Reader& reader) -> absl::StatusOr<Response> {
    COMPTOIR_ASSIGN_OR_RETURN(const auto channel, ResolveChannelOr(reader, request.channel()));
    COMPTOIR_ASSIGN_OR_RETURN(
        Response response,
        comptoir::SearchCustomers(reader, request, channel.default_country, call.language,
                                  /*is_shown=*/nullptr, context_->environment.search_memory));
    response.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
    return response;
  });
}

void HqImpl::ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                                const CallContext&,
                                HqDone<customer::v1::ListConsentChangesResponse> done) {
  Read<customer::v1::ListConsentChangesResponse>(
      done, [&](const Reader& reader) { return hq::ListConsentChanges(reader, request); });
}

void HqImpl::CreateAddress(const customer::v1::CreateAddressRequest& request,
                           const CallContext& call, HqDone<Address> done) {
  const auto key = NewAddressKey(request, context_->environment.random);
  if (!key.ok()) return done(key.status());
  Edit(request, call, key->address, std::move(done), hq::CreateAddress);
}

void HqImpl::GetAddress(const customer::v1::GetAddressRequest& request, const CallContext&,
                        HqDone<Address> done) {
  Read<Address>(done, [&](const Reader& reader) { return hq::GetAddress(reader, request); });
}

void HqImpl::ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext&,
                           HqDone<customer::v1::ListAddressesResponse> done) {
  ReadInChannel(request, done,
                [&](const Reader& reader) { return comptoir::ListAddresses(reader, request); });
}

void HqImpl::UpdateAddress(const customer::v1::UpdateAddressRequest& request,
                           const CallContext& call, HqDone<Address> done) {
  Edit(request, call, std::move(done), hq::UpdateAddress);
}

void HqImpl::DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                               const CallContext& call, HqDone<Address> done) {
  Edit(request, call, std::move(done), hq::DeactivateAddress);
}

void HqImpl::IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                              const CallContext& call, HqDone<LoyaltyCard> done) {
  Edit(request, call, std::move(done), hq::IssueLoyaltyCard);
}

void HqImpl::TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request,
                            const CallContext& call, HqDone<LoyaltyCard> done) {
  Edit(request, call, std::move(done), hq::TieLoyaltyCard);
}

void HqImpl::GetLoyaltyCard(const customer::v1::GetLoyaltyCardRequest& request, const CallContext&,
                            HqDone<LoyaltyCard> done) {
  ReadInChannel(request, done, [&](const Reader& reader) {
    return comptoir::GetLoyaltyCard(reader, request.name());
  });
}

void HqImpl::ListLoyaltyCards(const customer::v1::ListLoyaltyCardsRequest& request,
                              const CallContext&,
                              HqDone<customer::v1::ListLoyaltyCardsResponse> done) {
  ReadInChannel(request, done,
                [&](const Reader& reader) { return comptoir::ListLoyaltyCards(reader, request); });
}

void HqImpl::BlockLoyaltyCard(const customer::v1::BlockLoyaltyCardRequest& request,
                              const CallContext& call, HqDone<LoyaltyCard> done) {
  Edit(request, call, std::move(done), hq::BlockLoyaltyCard);
}

void HqImpl::UnblockLoyaltyCard(const customer::v1::UnblockLoyaltyCardRequest& request,
                                const CallContext& call, HqDone<LoyaltyCard> done) {
  Edit(request, call, std::move(done), hq::UnblockLoyaltyCard);
}

void HqImpl::EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                                const CallContext& call, HqDone<Customer> done) {
  Run<Customer>(
      call, std::move(done),
      [request, now = context_->Now(), language = call.language](Transaction& transaction) {
        return hq::EnsureSynchronized(transaction, request, now, language);
      });
}

std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> HqImpl::WatchCustomer(
    const CallContext& call, std::unique_ptr<StreamWriter<Customer>> writer) {
  return OpenCustomerWatch(context_, call.language, std::move(writer));
}

}  // namespace comptoir::hq
