#include "channel-service/service/grpc_hq_client.h"

#include <utility>

#include "common/rpc/client.h"
#include "common/rpc/client_stream.h"
#include "common/rpc/health.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/hq/v1/visibility_service.grpc.pb.h"

namespace comptoir::channel {

using customer::v1::CustomerService;
using hq::v1::ReplicationService;

struct GrpcHqClient::Stubs {
  explicit Stubs(const std::string& target)
      : calls_connection(rpc::NewConnection({.target = target})),
        streams_connection(rpc::NewConnection({.target = target})),
        customers(calls_connection),
        visibility(calls_connection),
        replication(streams_connection),
        health(calls, calls_connection) {}

  // Calls one method of CustomerService.
  template <typename Request, typename Response>
  void Call(void (CustomerService::StubInterface::async_interface::*method)(
                grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>),
            const Request& request, const CallContext& context, HqDone<Response> done) {
    rpc::CallUnary<Response>(
        calls, context,
        [&](grpc::ClientContext* client_context, Response* response, auto ended) {
          (customers.async()->*method)(client_context, &request, response, std::move(ended));
        },
        std::move(done));
  }

  const std::shared_ptr<grpc::Channel> calls_connection;
  const std::shared_ptr<grpc::Channel> streams_connection;
  CustomerService::Stub customers;
  hq::v1::VisibilityService::Stub visibility;
  ReplicationService::Stub replication;
  rpc::ClientCalls calls;
  rpc::HealthClient health;
};

using Methods = CustomerService::StubInterface::async_interface;

GrpcHqClient::GrpcHqClient(const std::string& target, Executor& executor)
    : executor_(executor), stubs_(std::make_unique<Stubs>(target)) {}

GrpcHqClient::~GrpcHqClient() { Stop(); }

void GrpcHqClient::Stop() { stubs_->calls.StopAndWait(); }

void GrpcHqClient::CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                                  const CallContext& context, HqDone<customer::v1::Customer> done) {
  stubs_->Call(&Methods::CreateCustomer, request, context, std::move(done));
}

void GrpcHqClient::UpdateCustomer(const customer::v1::UpdateCustomerRequest& request,
                                  const CallContext& context, HqDone<customer::v1::Customer> done) {
  stubs_->Call(&Methods::UpdateCustomer, request, context, std::move(done));
}

void GrpcHqClient::CreateAddress(const customer::v1::CreateAddressRequest& request,
                                 const CallContext& context, HqDone<customer::v1::Address> done) {
  stubs_->Call(&Methods::CreateAddress, request, context, std::move(done));
}

void GrpcHqClient::UpdateAddress(const customer::v1::UpdateAddressRequest& request,
                                 const CallContext& context, HqDone<customer::v1::Address> done) {
  stubs_->Call(&Methods::UpdateAddress, request, context, std::move(done));
}

void GrpcHqClient::DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                                     const CallContext& context,
                                     HqDone<customer::v1::Address> done) {
  stubs_->Call(&Methods::DeactivateAddress, request, context, std::move(done));
}

void GrpcHqClient::IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                                    const CallContext& context,
                                    HqDone<customer::v1::LoyaltyCard> done) {
  stubs_->Call(&Methods::IssueLoyaltyCard, request, context, std::move(done));
}

void GrpcHqClient::TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request,
                                  const CallContext& context,
                                  HqDone<customer::v1::LoyaltyCard> done) {
  stubs_->Call(&Methods::TieLoyaltyCard, request, context, std::move(done));
}

void GrpcHqClient::SearchCustomers(const customer::v1::SearchCustomersRequest& request,
                                   const CallContext& context,
                                   HqDone<customer::v1::SearchCustomersResponse> done) {
  stubs_->Call(&Methods::SearchCustomers, request, context, std::move(done));
}

void GrpcHqClient::ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                                      const CallContext& context,
                                      HqDone<customer::v1::ListConsentChangesResponse> done) {
  stubs_->Call(&Methods::ListConsentChanges, request, context, std::move(done));
}

void GrpcHqClient::GetCustomer(const customer::v1::GetCustomerRequest& request,
                               const CallContext& context, HqDone<customer::v1::Customer> done) {
  stubs_->Call(&Methods::GetCustomer, request, context, std::move(done));
}

void GrpcHqClient::ListCustomers(const customer::v1::ListCustomersRequest& request,
                                 const CallContext& context,
                                 HqDone<customer::v1::ListCustomersResponse> done) {
  stubs_->Call(&Methods::ListCustomers, request, context, std::move(done));
}

void GrpcHqClient::GetAddress(const customer::v1::GetAddressRequest& request,
                              const CallContext& context, HqDone<customer::v1::Address> done) {
  stubs_->Call(&Methods::GetAddress, request, context, std::move(done));
}

void GrpcHqClient::ListAddresses(const customer::v1::ListAddressesRequest& request,
                                 const CallContext& context,
                                 HqDone<customer::v1::ListAddressesResponse> done) {
  stubs_->Call(&Methods::ListAddresses, request, context, std::move(done));
}

void GrpcHqClient::EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                                      const CallContext& context,
                                      HqDone<customer::v1::Customer> done) {
  stubs_->Call(&Methods::EnsureSynchronized, request, context, std::move(done));
}

void GrpcHqClient::OpenCustomer(const hq::v1::OpenCustomerRequest& request,
                                const CallContext& context,
                                HqDone<hq::v1::OpenCustomerResponse> done) {
  rpc::CallUnary<hq::v1::OpenCustomerResponse>(
      stubs_->calls, context,
      [&](grpc::ClientContext* client_context, hq::v1::OpenCustomerResponse* response, auto ended) {
        stubs_->visibility.async()->OpenCustomer(client_context, &request, response,
                                                 std::move(ended));
      },
      std::move(done));
}

void GrpcHqClient::Probe(absl::Time deadline, std::function<void(absl::Status)> done) {
  stubs_->health.Check(deadline, std::move(done));
}

std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> GrpcHqClient::UploadOperations(
    StreamReader<hq::v1::UploadResponse>* reader) {
  return rpc::OpenBidi<hq::v1::UploadResponse, hq::v1::UploadRequest>(
      stubs_->calls, executor_, reader, [this](grpc::ClientContext* context, auto* reactor) {
        stubs_->replication.async()->UploadOperations(context, reactor);
      });
}

std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> GrpcHqClient::SubscribeChanges(
    StreamReader<hq::v1::SubscribeResponse>* reader) {
  return rpc::OpenBidi<hq::v1::SubscribeResponse, hq::v1::SubscribeRequest>(
      stubs_->calls, executor_, reader, [this](grpc::ClientContext* context, auto* reactor) {
        stubs_->replication.async()->SubscribeChanges(context, reactor);
      });
}

}  // namespace comptoir::channel
