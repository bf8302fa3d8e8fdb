// HQ over gRPC.

#ifndef COMPTOIR_CHANNEL_SERVICE_SERVICE_GRPC_HQ_CLIENT_H_
#define COMPTOIR_CHANNEL_SERVICE_SERVICE_GRPC_HQ_CLIENT_H_

#include <memory>
#include <string>

#include "channel-service/domain/hq_client.h"
#include "common/base/executor.h"

namespace comptoir::channel {

// Calls fail at once when HQ cannot be reached. They, probes and streams have a connection each for
// calls and for streams, so that a backlog on a stream delays no call.
class GrpcHqClient : public HqClient {
 public:
  // Streams deliver on `executor`, which is borrowed. `target` is HOST:PORT or unix:/PATH.
  GrpcHqClient(const std::string& target, Executor& executor);
  // Stops.
  ~GrpcHqClient() override;

  void CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                      const CallContext& context, HqDone<customer::v1::Customer> done) override;
  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request,
                      const CallContext& context, HqDone<customer::v1::Customer> done) override;
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& context,
                     HqDone<customer::v1::Address> done) override;
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& context,
                     HqDone<customer::v1::Address> done) override;
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& context, HqDone<customer::v1::Address> done) override;
  void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                        const CallContext& context,
                        HqDone<customer::v1::LoyaltyCard> done) override;
  void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request,
                      const CallContext& context, HqDone<customer::v1::LoyaltyCard> done) override;
  void SearchCustomers(const customer::v1::SearchCustomersRequest& request,
                       const CallContext& context,
                       HqDone<customer::v1::SearchCustomersResponse> done) override;
  void ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                          const CallContext& context,
                          HqDone<customer::v1::ListConsentChangesResponse> done) override;
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& context,
                   HqDone<customer::v1::Customer> done) override;
  void ListCustomers(const customer::v1::ListCustomersRequest& request, const CallContext& context,
                     HqDone<customer::v1::ListCustomersResponse> done) override;
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& context,
                  HqDone<customer::v1::Address> done) override;
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& context,
                     HqDone<customer::v1::ListAddressesResponse> done) override;
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& context, HqDone<customer::v1::Customer> done) override;
  void OpenCustomer(const hq::v1::OpenCustomerRequest& request, const CallContext& context,
                    HqDone<hq::v1::OpenCustomerResponse> done) override;
  void Probe(absl::Time deadline, std::function<void(absl::Status)> done) override;
  std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> UploadOperations(
      StreamReader<hq::v1::UploadResponse>* reader) override;
  std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> SubscribeChanges(
      StreamReader<hq::v1::SubscribeResponse>* reader) override;

  // Cancels what is under way and returns when every `done` has been called and every stream is
  // over; later calls fail with SHUTTING_DOWN. The executor must still run for streams to hear of
  // it. Idempotent.
  void Stop();

 private:
  struct Stubs;

  // Constant after construction.
  Executor& executor_;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SERVICE_GRPC_HQ_CLIENT_H_
