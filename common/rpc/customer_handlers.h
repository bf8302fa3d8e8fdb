// CustomerService over gRPC, for HQ and channel services alike: one definition, two services.

#ifndef COMPTOIR_COMMON_RPC_CUSTOMER_HANDLERS_H_
#define COMPTOIR_COMMON_RPC_CUSTOMER_HANDLERS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/executor.h"
#include "common/customer/requests/call_context.h"
#include "common/rpc/calls.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/unary.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"

namespace comptoir::rpc {

// Domain has a method of each name and signature that hq::Hq and channel::ChannelService share.
// Thread-safe.
template <typename Domain>
class CustomerHandlers : public customer::v1::CustomerService::WithRawCallbackMethod_GetCustomer<
                             customer::v1::CustomerService::WithRawCallbackMethod_SearchCustomers<
                                 customer::v1::CustomerService::CallbackService>> {
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

 public:
  // All borrowed. Watching happens on `executor`, searching, listing and batches on `reads`.
  CustomerHandlers(Domain& domain, Calls& calls, ReadPool& reads, Executor& executor)
      : domain_(domain), calls_(calls), reads_(reads), executor_(executor) {}

  Unary* GetNewCustomerForm(Context* context,
                            const customer::v1::GetNewCustomerFormRequest* request,
                            customer::v1::Customer* response) override {
    return Run(__func__, context, request, response, &Domain::GetNewCustomerForm);
  }
  Unary* CreateCustomer(Context* context, const customer::v1::CreateCustomerRequest* request,
                        customer::v1::Customer* response) override {
    return Run(__func__, context, request, response, &Domain::CreateCustomer);
  }
  // On the pool: to prepare many customers takes as long as a search.
  Unary* BatchCreateCustomers(Context* context,
                              const customer::v1::BatchCreateCustomersRequest* request,
                              customer::v1::BatchCreateCustomersResponse* response) override {
    return Read(__func__, context, request, response, &Domain::BatchCreateCustomers);
  }
  Unary* GetCustomer(Context* context, const grpc::ByteBuffer* request,
                     grpc::ByteBuffer* response) override {
    return RunStored(__func__, context, request, response, &Domain::GetCustomer);
  }
  Unary* ListCustomers(Context* context, const customer::v1::ListCustomersRequest* request,
                       customer::v1::ListCustomersResponse* response) override {
    return Read(__func__, context, request, response, &Domain::ListCustomers);
  }
  Unary* UpdateCustomer(Context* context, const customer::v1::UpdateCustomerRequest* request,
                        customer::v1::Customer* response) override {
    return Run(__func__, context, request, response, &Domain::UpdateCustomer);
  }
  Unary* SearchCustomers(Context* context, const grpc::ByteBuffer* request,
                         grpc::ByteBuffer* response) override {
    return ReadStored(__func__, context, request, response, &Domain::SearchCustomers);
  }
  Unary* ListConsentChanges(Context* context,
                            const customer::v1::ListConsentChangesRequest* request,
                            customer::v1::ListConsentChangesResponse* response) override {
    return Read(__func__, context, request, response, &Domain::ListConsentChanges);
  }
  Unary* CreateAddress(Context* context, const customer::v1::CreateAddressRequest* request,
                       customer::v1::Address* response) override {
    return Run(__func__, context, request, response, &Domain::CreateAddress);
  }
  Unary* GetAddress(Context* context, const customer::v1::GetAddressRequest* request,
                    customer::v1::Address* response) override {
    return Run(__func__, context, request, response, &Domain::GetAddress);
  }
  Unary* ListAddresses(Context* context, const customer::v1::ListAddressesRequest* request,
                       customer::v1::ListAddressesResponse* response) override {
    return Read(__func__, context, request, response, &Domain::ListAddresses);
  }
  Unary* UpdateAddress(Context* context, const customer::v1::UpdateAddressRequest* request,
                       customer::v1::Address* response) override {
    return Run(__func__, context, request, response, &Domain::UpdateAddress);
  }
  Unary* DeactivateAddress(Context* context, const customer::v1::DeactivateAddressRequest* request,
                           customer::v1::Address* response) override {
    return Run(__func__, context, request, response, &Domain::DeactivateAddress);
  }

  Unary* IssueLoyaltyCard(Context* context, const customer::v1::IssueLoyaltyCardRequest* request,
                          customer::v1::LoyaltyCard* response) override {
    return Run(__func__, context, request, response, &Domain::IssueLoyaltyCard);
  }
  Unary* TieLoyaltyCard(Context* context, const customer::v1::TieLoyaltyCardRequest* request,
                        customer::v1::LoyaltyCard* response) override {
    return Run(__func__, context, request, response, &Domain::TieLoyaltyCard);
  }
  Unary* GetLoyaltyCard(Context* context, const customer::v1::GetLoyaltyCardRequest* request,
                        customer::v1::LoyaltyCard* response) override {
    return Run(__func__, context, request, response, &Domain::GetLoyaltyCard);
  }
  Unary* ListLoyaltyCards(Context* context, const customer::v1::ListLoyaltyCardsRequest* request,
                          customer::v1::ListLoyaltyCardsResponse* response) override {
    return Read(__func__, context, request, response, &Domain::ListLoyaltyCards);
  }
  Unary* BlockLoyaltyCard(Context* context, const customer::v1::BlockLoyaltyCardRequest* request,
                          customer::v1::LoyaltyCard* response) override {
    return Run(__func__, context, request, response, &Domain::BlockLoyaltyCard);
  }
  Unary* UnblockLoyaltyCard(Context* context,
                            const customer::v1::UnblockLoyaltyCardRequest* request,
                            customer::v1::LoyaltyCard* response) override {
    return Run(__func__, context, request, response, &Domain::UnblockLoyaltyCard);
  }

  Unary* EnsureSynchronized(Context* context,
                            const customer::v1::EnsureSynchronizedRequest* request,
                            customer::v1::Customer* response) override {
    return Run(__func__, context, request, response, &Domain::EnsureSynchronized);
  }

  grpc::ServerWriteReactor<customer::v1::Customer>* WatchCustomer(
      Context* context, const customer::v1::WatchCustomerRequest* request) override {
    return ServeStates<customer::v1::WatchCustomerRequest, customer::v1::Customer>(
        calls_, __func__, executor_, *request,
        [this, call_context = CallContextOf(*context)](
            std::unique_ptr<StreamWriter<customer::v1::Customer>> writer) {
          return domain_.WatchCustomer(call_context, std::move(writer));
        });
  }

 protected:
  // What GetCustomer and SearchCustomers answer, where it lies ready: bytes that parse to it.
  virtual std::optional<std::string> StoredCustomer(const customer::v1::GetCustomerRequest&) {
    return std::nullopt;
  }
  virtual std::optional<std::string> StoredSearch(const customer::v1::SearchCustomersRequest&,
                                                  const CallContext&) {
    return std::nullopt;
  }
  // Whether StoredSearch() waits for nothing.
  virtual bool IsQuickSearch(const customer::v1::SearchCustomersRequest&) { return false; }

 private:
  template <typename Answer>
  Unary* RunStored(std::string_view name, Context* context, const grpc::ByteBuffer* request,
                   grpc::ByteBuffer* response,
                   void (Domain::*method)(const customer::v1::GetCustomerRequest&,
                                          const CallContext&, Done<Answer>)) {
    using Request = customer::v1::GetCustomerRequest;
    return rpc::RunStored<Answer, Request, customer::v1::Customer>(
        calls_, name, context, request, response,
        [this](const Request& asked) { return StoredCustomer(asked); },
        [&](const Request& asked, const CallContext& call_context, auto done) {
          (domain_.*method)(asked, call_context, std::move(done));
        });
  }

  template <typename Answer>
  Unary* ReadStored(std::string_view name, Context* context, const grpc::ByteBuffer* request,
                    grpc::ByteBuffer* response,
                    void (Domain::*method)(const customer::v1::SearchCustomersRequest&,
                                           const CallContext&, Done<Answer>)) {
    using Request = customer::v1::SearchCustomersRequest;
    return rpc::RunStoredRead<Answer, Request, customer::v1::SearchCustomersResponse>(
        calls_, reads_, name, context, request, response,
        [this](const Request& asked) { return IsQuickSearch(asked); },
        [this](const Request& asked, const CallContext& call_context) {
          return StoredSearch(asked, call_context);
        },
        [this, method](const Request& asked, const CallContext& call_context, auto done) {
          (domain_.*method)(asked, call_context, std::move(done));
        });
  }

  // Answer is Response, or, at HQ, HqAnswer<Response>.
  template <typename Request, typename Response, typename Answer>
  Unary* Run(std::string_view name, Context* context, const Request* request, Response* response,
             void (Domain::*method)(const Request&, const CallContext&, Done<Answer>)) {
    return rpc::Run<Answer>(calls_, name, context, response,
                            [&](const CallContext& call_context, auto done) {
                              (domain_.*method)(*request, call_context, std::move(done));
                            });
  }

  template <typename Request, typename Response, typename Answer>
  Unary* Read(std::string_view name, Context* context, const Request* request, Response* response,
              void (Domain::*method)(const Request&, const CallContext&, Done<Answer>)) {
    return rpc::RunRead<Answer>(
        calls_, reads_, name, context, response,
        [this, request, method](const CallContext& call_context, auto done) {
          (domain_.*method)(*request, call_context, std::move(done));
        });
  }

  // Constant after construction.
  Domain& domain_;
  Calls& calls_;
  ReadPool& reads_;
  Executor& executor_;
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_CUSTOMER_HANDLERS_H_
