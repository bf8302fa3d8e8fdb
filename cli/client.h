#ifndef COMPTOIR_CLI_CLIENT_H_
#define COMPTOIR_CLI_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "comptoir/channel/v1/status_service.pb.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/hq/v1/change_stream.pb.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "comptoir/hq/v1/visibility_service.pb.h"

namespace comptoir::cli {

struct ClientOptions {
  // "host:port".
  std::string address;

  // How long each call may take.
  absl::Duration timeout = absl::Seconds(10);

  // Language of texts for people, BCP 47; empty: the service's choice.
  std::string language;
};

// A service and how it is called; copies share one connection.
class Connection {
 public:
  struct State;

  // `clock` must outlive this object. Connects with the first call.
  Connection(ClientOptions options, const Clock& clock);

  const std::string& address() const;
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// HQ or a channel service, called one method at a time: the type of the request says which. Errors
// carry their reason. A channel service doesn't implement HQ's administration and answers
// UNIMPLEMENTED, HQ not the channel's status. Thread-safe.
class Client {
 public:
  explicit Client(Connection connection) : connection_(std::move(connection)) {}

  const std::string& address() const { return connection_.address(); }
  const Connection& connection() const { return connection_; }

  absl::StatusOr<customer::v1::Customer> Call(const customer::v1::GetNewCustomerFormRequest&) const;
  absl::StatusOr<customer::v1::Customer> Call(const customer::v1::CreateCustomerRequest&) const;
  absl::StatusOr<customer::v1::Customer> Call(const customer::v1::GetCustomerRequest&) const;
  absl::StatusOr<customer::v1::ListCustomersResponse> Call(
      const customer::v1::ListCustomersRequest&) const;
  absl::StatusOr<customer::v1::Customer> Call(const customer::v1::UpdateCustomerRequest&) const;
  absl::StatusOr<customer::v1::SearchCustomersResponse> Call(
      const customer::v1::SearchCustomersRequest&) const;
  absl::StatusOr<customer::v1::Customer> Call(const customer::v1::EnsureSynchronizedRequest&) const;
  absl::StatusOr<customer::v1::ListConsentChangesResponse> Call(
      const customer::v1::ListConsentChangesRequest&) const;
  absl::StatusOr<customer::v1::Address> Call(const customer::v1::CreateAddressRequest&) const;
  absl::StatusOr<customer::v1::ListAddressesResponse> Call(
      const customer::v1::ListAddressesRequest&) const;
  absl::StatusOr<customer::v1::LoyaltyCard> Call(
      const customer::v1::IssueLoyaltyCardRequest&) const;
  absl::StatusOr<customer::v1::LoyaltyCard> Call(const customer::v1::TieLoyaltyCardRequest&) const;
  absl::StatusOr<customer::v1::LoyaltyCard> Call(const customer::v1::GetLoyaltyCardRequest&) const;
  absl::StatusOr<customer::v1::ListLoyaltyCardsResponse> Call(
      const customer::v1::ListLoyaltyCardsRequest&) const;
  absl::StatusOr<customer::v1::LoyaltyCard> Call(
      const customer::v1::BlockLoyaltyCardRequest&) const;
  absl::StatusOr<customer::v1::LoyaltyCard> Call(
      const customer::v1::UnblockLoyaltyCardRequest&) const;

  absl::StatusOr<hq::v1::Channel> Call(const hq::v1::CreateChannelRequest&) const;
  absl::StatusOr<hq::v1::Channel> Call(const hq::v1::GetChannelRequest&) const;
  absl::StatusOr<hq::v1::ListChannelsResponse> Call(const hq::v1::ListChannelsRequest&) const;
  absl::StatusOr<hq::v1::Channel> Call(const hq::v1::UpdateChannelRequest&) const;
  absl::StatusOr<hq::v1::Profile> Call(const hq::v1::CreateProfileRequest&) const;
  absl::StatusOr<hq::v1::Profile> Call(const hq::v1::GetProfileRequest&) const;
  absl::StatusOr<hq::v1::ListProfilesResponse> Call(const hq::v1::ListProfilesRequest&) const;
  absl::StatusOr<hq::v1::Profile> Call(const hq::v1::UpdateProfileRequest&) const;
  absl::StatusOr<hq::v1::OperatingUnit> Call(const hq::v1::CreateOperatingUnitRequest&) const;
  absl::StatusOr<hq::v1::ListOperatingUnitsResponse> Call(
      const hq::v1::ListOperatingUnitsRequest&) const;
  absl::StatusOr<hq::v1::NumberSequence> Call(const hq::v1::CreateNumberSequenceRequest&) const;
  absl::StatusOr<hq::v1::NumberSequence> Call(const hq::v1::GetNumberSequenceRequest&) const;
  absl::StatusOr<hq::v1::NumberSequence> Call(const hq::v1::UpdateNumberSequenceRequest&) const;
  absl::StatusOr<hq::v1::Configuration> Call(const hq::v1::CreateConfigurationRequest&) const;
  absl::StatusOr<hq::v1::Configuration> Call(const hq::v1::GetConfigurationRequest&) const;
  absl::StatusOr<hq::v1::ListConfigurationsResponse> Call(
      const hq::v1::ListConfigurationsRequest&) const;
  absl::StatusOr<hq::v1::Configuration> Call(const hq::v1::UpdateConfigurationRequest&) const;
  absl::StatusOr<hq::v1::ApplyConfigurationsResponse> Call(
      const hq::v1::ApplyConfigurationsRequest&) const;
  absl::StatusOr<hq::v1::ListAuditEntriesResponse> Call(
      const hq::v1::ListAuditEntriesRequest&) const;
  absl::StatusOr<hq::v1::CheckConfigurationResponse> Call(
      const hq::v1::CheckConfigurationRequest&) const;
  absl::StatusOr<hq::v1::ListOperationsResponse> Call(const hq::v1::ListOperationsRequest&) const;
  absl::StatusOr<hq::v1::StagedOperationInfo> Call(const hq::v1::GetOperationRequest&) const;
  absl::StatusOr<hq::v1::StagedOperationInfo> Call(const hq::v1::RetryOperationRequest&) const;
  absl::StatusOr<hq::v1::StagedOperationInfo> Call(const hq::v1::CorrectOperationRequest&) const;
  absl::StatusOr<hq::v1::StagedOperationInfo> Call(const hq::v1::DiscardOperationRequest&) const;
  absl::StatusOr<hq::v1::ListConflictsResponse> Call(const hq::v1::ListConflictsRequest&) const;
  absl::StatusOr<hq::v1::Conflict> Call(const hq::v1::ResolveConflictRequest&) const;
  absl::StatusOr<hq::v1::CustomerTrace> Call(const hq::v1::TraceCustomerRequest&) const;
  absl::StatusOr<hq::v1::ListChannelServicesResponse> Call(
      const hq::v1::ListChannelServicesRequest&) const;
  absl::StatusOr<hq::v1::HqStatus> Call(const hq::v1::GetHqStatusRequest&) const;
  absl::StatusOr<hq::v1::Recovery> Call(const hq::v1::GetRecoveryRequest&) const;
  absl::StatusOr<hq::v1::Recovery> Call(const hq::v1::EndRecoveryRequest&) const;
  absl::StatusOr<hq::v1::ListRestoreConflictsResponse> Call(
      const hq::v1::ListRestoreConflictsRequest&) const;
  absl::StatusOr<hq::v1::RestoreConflict> Call(const hq::v1::ResolveRestoreConflictRequest&) const;
  absl::StatusOr<hq::v1::ListLineagesResponse> Call(const hq::v1::ListLineagesRequest&) const;
  absl::StatusOr<hq::v1::Lineage> Call(const hq::v1::TakeLineageRequest&) const;
  absl::StatusOr<hq::v1::Lineage> Call(const hq::v1::DiscardLineageRequest&) const;

  absl::StatusOr<hq::v1::CustomerVisibility> Call(const hq::v1::ExplainVisibilityRequest&) const;

  absl::StatusOr<hq::v1::ListJobsResponse> Call(const hq::v1::ListJobsRequest&) const;
  absl::StatusOr<hq::v1::JobRun> Call(const hq::v1::RunJobRequest&) const;
  absl::StatusOr<hq::v1::JobInfo> Call(const hq::v1::CancelJobRequest&) const;
  absl::StatusOr<hq::v1::ListJobRunsResponse> Call(const hq::v1::ListJobRunsRequest&) const;
  absl::StatusOr<hq::v1::ListSessionsResponse> Call(const hq::v1::ListSessionsRequest&) const;
  absl::StatusOr<hq::v1::Session> Call(const hq::v1::GetSessionRequest&) const;
  absl::StatusOr<hq::v1::Session> Call(const hq::v1::CancelSessionRequest&) const;
  absl::StatusOr<hq::v1::Session> Call(const hq::v1::RerunSessionRequest&) const;

  absl::StatusOr<channel::v1::Status> Call(const channel::v1::GetStatusRequest&) const;
  absl::StatusOr<channel::v1::Status> Call(const channel::v1::SetForcedOfflineRequest&) const;
  absl::StatusOr<channel::v1::ListUnsettledOperationsResponse> Call(
      const channel::v1::ListUnsettledOperationsRequest&) const;

  // Calls `visit` with the customer as it is and whenever it changes, until it returns false or the
  // stream ends. No timeout.
  absl::Status Watch(const customer::v1::WatchCustomerRequest&,
                     const std::function<bool(const customer::v1::Customer&)>& visit) const;
  // Likewise with what happens to customers.
  absl::Status Follow(const hq::v1::StreamCustomerEventsRequest&,
                      const std::function<bool(const hq::v1::CustomerEvent&)>& visit) const;

 private:
  Connection connection_;
};

// Many creates under way at a time, answered in any order. Not thread-safe: Start() and Next()
// belong to one thread. Destruction gives up what is under way.
class CreateCalls {
 public:
  struct Answer {
    uint64_t token;
    absl::StatusOr<customer::v1::Customer> customer;
  };

  // `clock` must outlive this object.
  CreateCalls(Connection connection, const Clock& clock);
  ~CreateCalls();

  CreateCalls(const CreateCalls&) = delete;
  CreateCalls& operator=(const CreateCalls&) = delete;

  // `token` comes back with the answer.
  void Start(uint64_t token, const customer::v1::CreateCustomerRequest& request);

  // Returns an answer; waits for one until `deadline` at most.
  std::optional<Answer> Next(absl::Time deadline);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_CLIENT_H_
