// HQ as a channel service calls it. gRPC in production, the simulated network in the simulator.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CLIENT_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CLIENT_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/customer/requests/call_context.h"
#include "common/replication/stream.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/hq/v1/visibility_service.pb.h"

namespace comptoir::channel {

// How a call ended, as far as the link is concerned. (DESIGN: whatever HQ itself answers doesn't
// count against the link.)
enum class CallEnd {
  kAnswered,     // HQ answered, be it with an error
  kUnreachable,  // the connection was refused or broke
  kUnanswered,   // the deadline passed
};

// Told from the status alone: an error without Comptoir's reason that is UNAVAILABLE is
// unreachable, DEADLINE_EXCEEDED unanswered; everything else is an answer.
CallEnd ClassifyCall(const absl::Status& status);

// Thread-safe. Every `done` is called exactly once, on any thread, by the deadline at the latest.
class HqClient {
 public:
  virtual ~HqClient() = default;

  virtual void CreateCustomer(const customer::v1::CreateCustomerRequest&, const CallContext&,
                              HqDone<customer::v1::Customer> done) = 0;
  virtual void UpdateCustomer(const customer::v1::UpdateCustomerRequest&, const CallContext&,
                              HqDone<customer::v1::Customer> done) = 0;
  virtual void CreateAddress(const customer::v1::CreateAddressRequest&, const CallContext&,
                             HqDone<customer::v1::Address> done) = 0;
  virtual void UpdateAddress(const customer::v1::UpdateAddressRequest&, const CallContext&,
                             HqDone<customer::v1::Address> done) = 0;
  virtual void DeactivateAddress(const customer::v1::DeactivateAddressRequest&, const CallContext&,
                                 HqDone<customer::v1::Address> done) = 0;
  virtual void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest&, const CallContext&,
                                HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest&, const CallContext&,
                              HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void SearchCustomers(const customer::v1::SearchCustomersRequest&, const CallContext&,
                               HqDone<customer::v1::SearchCustomersResponse> done) = 0;
  virtual void ListConsentChanges(const customer::v1::ListConsentChangesRequest&,
                                  const CallContext&,
                                  HqDone<customer::v1::ListConsentChangesResponse> done) = 0;
  virtual void GetCustomer(const customer::v1::GetCustomerRequest&, const CallContext&,
                           HqDone<customer::v1::Customer> done) = 0;
  virtual void ListCustomers(const customer::v1::ListCustomersRequest&, const CallContext&,
                             HqDone<customer::v1::ListCustomersResponse> done) = 0;
  virtual void GetAddress(const customer::v1::GetAddressRequest&, const CallContext&,
                          HqDone<customer::v1::Address> done) = 0;
  virtual void ListAddresses(const customer::v1::ListAddressesRequest&, const CallContext&,
                             HqDone<customer::v1::ListAddressesResponse> done) = 0;
  virtual void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest&,
                                  const CallContext&, HqDone<customer::v1::Customer> done) = 0;
  virtual void OpenCustomer(const hq::v1::OpenCustomerRequest&, const CallContext&,
                            HqDone<hq::v1::OpenCustomerResponse> done) = 0;

  // Is HQ serving? The standard health check.
  virtual void Probe(absl::Time deadline, std::function<void(absl::Status)> done) = 0;

  // Opens a stream; what it delivers is called on the channel service's executor. The reader is
  // borrowed until its OnClosed, which comes also if the stream could not be opened or the writer
  // finished it.
  virtual std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> UploadOperations(
      StreamReader<hq::v1::UploadResponse>* reader) = 0;
  virtual std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> SubscribeChanges(
      StreamReader<hq::v1::SubscribeResponse>* reader) = 0;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CLIENT_H_
