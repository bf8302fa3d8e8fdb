// HQ as one object: each method hands its request to the domain. For hq*.cc only.

#ifndef COMPTOIR_HQ_SERVICE_HQ_IMPL_H_
#define COMPTOIR_HQ_SERVICE_HQ_IMPL_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "common/base/status.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/answered.h"
#include "hq-service/domain/batch_jobs/jobs_view.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/configuration/administration.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/hq.h"
#include "hq-service/jobs/converter.h"
#include "hq-service/jobs/customer_follower.h"
#include "hq-service/jobs/job_context.h"
#include "hq-service/jobs/job_runner.h"
#include "hq-service/jobs/request_expiry.h"
#include "hq-service/jobs/session_keeper.h"

namespace comptoir::hq {

class HqImpl : public Hq {
 public:
  HqImpl(const HqEnvironment& environment, const HqOptions& options,
         const replication::v1::Epoch& epoch);
  // What is kept in memory. Before anything else.
  absl::Status Load();

  // hq_customers.cc
  void GetNewCustomerForm(const customer::v1::GetNewCustomerFormRequest& request,
                          const CallContext& call, HqDone<customer::v1::Customer> done) override;
  void CreateCustomer(const customer::v1::CreateCustomerRequest& request, const CallContext& call,
                      HqDone<customer::v1::Customer> done) override;
  void BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest& request,
                            const CallContext& call,
                            Done<customer::v1::BatchCreateCustomersResponse> done) override;
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                   HqDone<customer::v1::Customer> done) override;
  void ListCustomers(const customer::v1::ListCustomersRequest& request, const CallContext& call,
                     HqDone<customer::v1::ListCustomersResponse> done) override;
  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request, const CallContext& call,
                      HqDone<customer::v1::Customer> done) override;
  void SearchCustomers(const customer::v1::SearchCustomersRequest& request, const CallContext& call,
                       HqDone<customer::v1::SearchCustomersResponse> done) override;
  void ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                          const CallContext& call,
                          HqDone<customer::v1::ListConsentChangesResponse> done) override;
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& call,
                     HqDone<customer::v1::Address> done) override;
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& call,
                  HqDone<customer::v1::Address> done) override;
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& call,
                     HqDone<customer::v1::ListAddressesResponse> done) override;
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& call,
                     HqDone<customer::v1::Address> done) override;
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& call, HqDone<customer::v1::Address> done) override;
  void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                        const CallContext& call, HqDone<customer::v1::LoyaltyCard> done) override;
  void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request, const CallContext& call,
                      HqDone<customer::v1::LoyaltyCard> done) override;
  void GetLoyaltyCard(const customer::v1::GetLoyaltyCardRequest& request, const CallContext& call,
                      HqDone<customer::v1::LoyaltyCard> done) override;
  void ListLoyaltyCards(const customer::v1::ListLoyaltyCardsRequest& request,
                        const CallContext& call,
                        HqDone<customer::v1::ListLoyaltyCardsResponse> done) override;
  void BlockLoyaltyCard(const customer::v1::BlockLoyaltyCardRequest& request,
                        const CallContext& call, HqDone<customer::v1::LoyaltyCard> done) override;
  void UnblockLoyaltyCard(const customer::v1::UnblockLoyaltyCardRequest& request,
                          const CallContext& call, HqDone<customer::v1::LoyaltyCard> done) override;
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& call, HqDone<customer::v1::Customer> done) override;
  std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> WatchCustomer(
      const CallContext& call,
      std::unique_ptr<StreamWriter<customer::v1::Customer>> writer) override;

  // hq_visibility.cc
  void OpenCustomer(const v1::OpenCustomerRequest& request, const CallContext& call,
                    HqDone<v1::OpenCustomerResponse> done) override;
  void ExplainVisibility(const v1::ExplainVisibilityRequest& request, const CallContext& call,
                         Done<v1::CustomerVisibility> done) override;

  // hq_admin.cc
  void Administer(const v1::CreateChannelRequest& request, const CallContext& call,
                  Done<v1::Channel> done) override;
  void Administer(const v1::GetChannelRequest& request, const CallContext& call,
                  Done<v1::Channel> done) override;
  void Administer(const v1::ListChannelsRequest& request, const CallContext& call,
                  Done<v1::ListChannelsResponse> done) override;
  void Administer(const v1::UpdateChannelRequest& request, const CallContext& call,
                  Done<v1::Channel> done) override;
  void Administer(const v1::CreateProfileRequest& request, const CallContext& call,
                  Done<v1::Profile> done) override;
  void Administer(const v1::GetProfileRequest& request, const CallContext& call,
                  Done<v1::Profile> done) override;
  void Administer(const v1::ListProfilesRequest& request, const CallContext& call,
                  Done<v1::ListProfilesResponse> done) override;
  void Administer(const v1::UpdateProfileRequest& request, const CallContext& call,
                  Done<v1::Profile> done) override;
  void Administer(const v1::CreateOperatingUnitRequest& request, const CallContext& call,
                  Done<v1::OperatingUnit> done) override;
  void Administer(const v1::GetOperatingUnitRequest& request, const CallContext& call,
                  Done<v1::OperatingUnit> done) override;
  void Administer(const v1::ListOperatingUnitsRequest& request, const CallContext& call,
                  Done<v1::ListOperatingUnitsResponse> done) override;
  void Administer(const v1::UpdateOperatingUnitRequest& request, const CallContext& call,
                  Done<v1::OperatingUnit> done) override;
  void Administer(const v1::CreateNumberSequenceRequest& request, const CallContext& call,
                  Done<v1::NumberSequence> done) override;
  void Administer(const v1::GetNumberSequenceRequest& request, const CallContext& call,
                  Done<v1::NumberSequence> done) override;
  void Administer(const v1::UpdateNumberSequenceRequest& request, const CallContext& call,
                  Done<v1::NumberSequence> done) override;
  void Administer(const v1::CreateConfigurationRequest& request, const CallContext& call,
                  Done<v1::Configuration> done) override;
  void Administer(const v1::GetConfigurationRequest& request, const CallContext& call,
                  Done<v1::Configuration> done) override;
  void Administer(const v1::ListConfigurationsRequest& request, const CallContext& call,
                  Done<v1::ListConfigurationsResponse> done) override;
  void Administer(const v1::UpdateConfigurationRequest& request, const CallContext& call,
                  Done<v1::Configuration> done) override;
  void Administer(const v1::ApplyConfigurationsRequest& request, const CallContext& call,
                  Done<v1::ApplyConfigurationsResponse> done) override;
  void Administer(const v1::ListAuditEntriesRequest& request, const CallContext& call,
                  Done<v1::ListAuditEntriesResponse> done) override;
  void Administer(const v1::CheckConfigurationRequest& request, const CallContext& call,
                  Done<v1::CheckConfigurationResponse> done) override;
  void Administer(const v1::ListOperationsRequest& request, const CallContext& call,
                  Done<v1::ListOperationsResponse> done) override;
  void Administer(const v1::GetOperationRequest& request, const CallContext& call,
                  Done<v1::StagedOperationInfo> done) override;
  void Administer(const v1::RetryOperationRequest& request, const CallContext& call,
                  Done<v1::StagedOperationInfo> done) override;
  void Administer(const v1::CorrectOperationRequest& request, const CallContext& call,
                  Done<v1::StagedOperationInfo> done) override;
  void Administer(const v1::DiscardOperationRequest& request, const CallContext& call,
                  Done<v1::StagedOperationInfo> done) override;
  void Administer(const v1::ListConflictsRequest& request, const CallContext& call,
                  Done<v1::ListConflictsResponse> done) override;
  void Administer(const v1::ResolveConflictRequest& request, const CallContext& call,
                  Done<v1::Conflict> done) override;
  void Administer(const v1::TraceCustomerRequest& request, const CallContext& call,
                  Done<v1::CustomerTrace> done) override;
  void Administer(const v1::ListChannelServicesRequest& request, const CallContext& call,
                  Done<v1::ListChannelServicesResponse> done) override;
  void Administer(const v1::GetHqStatusRequest& request, const CallContext& call,
                  Done<v1::HqStatus> done) override;
  void Administer(const v1::GetRecoveryRequest& request, const CallContext& call,
                  Done<v1::Recovery> done) override;
  void Administer(const v1::EndRecoveryRequest& request, const CallContext& call,
                  Done<v1::Recovery> done) override;
  void Administer(const v1::ListRestoreConflictsRequest& request, const CallContext& call,
                  Done<v1::ListRestoreConflictsResponse> done) override;
  void Administer(const v1::ResolveRestoreConflictRequest& request, const CallContext& call,
                  Done<v1::RestoreConflict> done) override;
  void Administer(const v1::ListLineagesRequest& request, const CallContext& call,
                  Done<v1::ListLineagesResponse> done) override;
  void Administer(const v1::TakeLineageRequest& request, const CallContext& call,
                  Done<v1::Lineage> done) override;
  void Administer(const v1::DiscardLineageRequest& request, const CallContext& call,
                  Done<v1::Lineage> done) override;

  // hq_jobs.cc
  void Administer(const v1::ListJobsRequest& request, const CallContext& call,
                  Done<v1::ListJobsResponse> done) override;
  void Administer(const v1::RunJobRequest& request, const CallContext& call,
                  Done<v1::JobRun> done) override;
  void Administer(const v1::CancelJobRequest& request, const CallContext& call,
                  Done<v1::JobInfo> done) override;
  void Administer(const v1::ListJobRunsRequest& request, const CallContext& call,
                  Done<v1::ListJobRunsResponse> done) override;

  // hq_sessions.cc
  void Administer(const v1::ListSessionsRequest& request, const CallContext& call,
                  Done<v1::ListSessionsResponse> done) override;
  void Administer(const v1::GetSessionRequest& request, const CallContext& call,
                  Done<v1::Session> done) override;
  void Administer(const v1::CancelSessionRequest& request, const CallContext& call,
                  Done<v1::Session> done) override;
  void Administer(const v1::RerunSessionRequest& request, const CallContext& call,
                  Done<v1::Session> done) override;

  // hq.cc
  std::unique_ptr<StreamReader<v1::UploadRequest>> UploadOperations(
      std::unique_ptr<StreamWriter<v1::UploadResponse>> writer) override;
  std::unique_ptr<StreamReader<v1::SubscribeRequest>> SubscribeChanges(
      std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer) override;
  std::unique_ptr<StreamSource> StreamCustomerEvents(
      const v1::StreamCustomerEventsRequest& request, const CallContext& call,
      std::unique_ptr<StreamWriter<v1::CustomerEvent>> writer) override;
  void Start() override;
  void Stop() override;

 private:
  // Reads one consistent state, here and now.
  template <typename T>
  void Read(const HqDone<T>& done,
            const std::function<absl::StatusOr<T>(const Reader&)>& read) const {
    done(ReadAnswer<T>(read));
  }
  template <typename T>
  absl::StatusOr<HqAnswer<T>> ReadAnswer(
      const std::function<absl::StatusOr<T>(const Reader&)>& read) const {
    const auto snapshot = context_->environment.database.NewReader();
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(*snapshot));
    COMPTOIR_ASSIGN_OR_RETURN(T value, read(*snapshot));
    return HqAnswer<T>{std::move(value), MakePosition(context_->epoch, last)};
  }

  // Somebody waits for the answer.
  template <typename T>
  void Run(const CallContext& call, HqDone<T> done,
           std::function<absl::StatusOr<Answered<T>>(Transaction&)> command) const {
    context_->commands.RunInRealTime<Answered<T>>(
        call.priority, std::move(command),
        [context = context_, done = std::move(done)](absl::StatusOr<Answered<T>> answered) {
          if (!answered.ok()) return done(answered.status());
          done(HqAnswer<T>{std::move(answered->value),
                           MakePosition(context->epoch, answered->sequence)});
        });
  }
  template <typename T>
  void Change(Done<T> done, std::function<absl::StatusOr<T>(Transaction&)> command) const {
    context_->commands.Run<T>(Priority::kInteractive, std::move(command), std::move(done));
  }

  // Numbers don't wait for ever for those that don't say hello after a start.
  void EndCheckLater();

  Administrator AdministratorOf(const CallContext& call) const;
  // On the executor: channel services are known there.
  static JobsViewOptions JobsViewFor(const JobContext& context, const CallContext& call);
  // Runs on the executor what answers with the jobs' state; SHUTTING_DOWN if that has stopped.
  template <typename T>
  void OnExecutor(const Done<T>& done, std::function<void()> task) const {
    if (context_->environment.executor.Post(std::move(task))) return;
    done(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
  }
  // The methods of each kind; in hq_admin.cc only.
  template <typename Resource>
  void CreateOne(const Resource& resource, const CallContext& call, Done<Resource> done);
  template <typename Resource>
  void GetOne(const std::string& name, Done<Resource> done) const;
  template <typename Resource>
  void UpdateOne(const Resource& resource, const google::protobuf::FieldMask& mask,
                 const CallContext& call, Done<Resource> done);

  // The methods about customers; in hq_customers.cc only. An edit commits under its request id,
  // with the digest that a channel service computed first, or ours.
  template <typename View, typename Request>
  using EditCommand = absl::StatusOr<Answered<View>>(Transaction&, const Request&,
                                                     const EditContext&);
  template <typename View, typename Request>
  void Edit(const Request& request, const CallContext& call, const absl::StatusOr<Uuid>& request_id,
            HqDone<View> done, EditCommand<View, Request>* edit) const;
  template <typename View, typename Request>
  void Edit(const Request& request, const CallContext& call, HqDone<View> done,
            EditCommand<View, Request>* edit) const;
  // Refuses channels that there aren't.
  template <typename Response, typename Request>
  void ReadInChannel(
      const Request& request, const HqDone<Response>& done,
      const std::type_identity_t<std::function<absl::StatusOr<Response>(const Reader&)>>& read)
      const;

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::shared_ptr<Converter> converter_;
  const std::shared_ptr<JobRunner> job_runner_;
  const std::shared_ptr<RequestExpiry> request_expiry_;
  const std::shared_ptr<SessionKeeper> session_keeper_;
  const std::shared_ptr<CustomerFollower> customer_follower_;

  ConfiguredChannels channels_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_HQ_IMPL_H_
