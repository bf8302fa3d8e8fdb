// Headquarters without threads, network or disk of its own: everything that HQ does, on a Database,
// a Submitter, an Executor and a Clock that are given. process.h gives it RocksDB, the commit
// thread, the loop and gRPC; the simulator gives it its own.
//
// The customer and administration methods are thread-safe and never block: reads are short, writes
// go through the Submitter and are answered after they are durable. Streams, conversion and timers
// live on the Executor.

#ifndef COMPTOIR_HQ_SERVICE_HQ_H_
#define COMPTOIR_HQ_SERVICE_HQ_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/customer/requests/call_context.h"
#include "common/replication/stream.h"
#include "common/replication/stream_source.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/hq/v1/change_stream.pb.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/hq/v1/visibility_service.pb.h"

namespace comptoir {
class SearchMemory;
}  // namespace comptoir

namespace comptoir::hq {

struct HqOptions {
  // Conversion: operations at a time, and the wait before a refused one is tried again (P5).
  int convert_operations_max = 64;
  int operation_tries_max = 3;
  absl::Duration retry_delay_max = absl::Seconds(30);
  // What belongs to a customer follows it into an address book, or out of it: records per command.
  size_t follow_records_max = 200;
  // Streams.
  uint64_t upload_window_bytes_max = 1 << 20;
  uint64_t subscribe_window_bytes_max = 1 << 20;
  // A batch is one command of the store that takes it: whoever waits there for a commit waits for
  // one of them at most. (S4)
  size_t change_batch_bytes_max = 8 << 10;
  absl::Duration heartbeat_interval = absl::Seconds(1);
  // Streams look no more often for what was committed in real time.
  absl::Duration real_time_changes_rest = absl::Milliseconds(5);
  // Work that waits longer for a batch job is worth a warning (P11).
  absl::Duration waiting_warning_after = absl::Minutes(5);
  // An operator has restored the database from a backup: HQ recovers from its start on.
  bool restored = false;
  // After a start: how long account numbers wait for channel services that know better than this
  // database; zero: not at all.
  absl::Duration restore_check_max = absl::ZeroDuration();
  // Account numbers that are passed over once HQ has recovered, for those that nobody told.
  uint64_t number_margin_after_restore = 1000;
};

// Everything Hq stands on; borrowed, outlives it.
struct HqEnvironment {
  Database& database;
  Submitter& submitter;
  Executor& executor;
  Clock& clock;
  Random& random;
  Logger& logger;
  // Of this database, told of its commits. Null: searches read the index.
  SearchMemory* search_memory = nullptr;
  // Runs what reads much on another thread; false, and drops it, if too much waits there. Null: all
  // is read on the executor.
  std::function<bool(std::function<void()>)> run_read;
};

class Hq {
 public:
  // Checks the schema, begins an epoch and makes the chain's key if there is none; commits that
  // itself, so nothing else may commit yet. Logs and counts under `options`.
  static absl::StatusOr<std::unique_ptr<Hq>> Open(const HqEnvironment& environment,
                                                  const HqOptions& options);
  virtual ~Hq() = default;

  // CustomerService. `done` is called once, on any thread.
  virtual void GetNewCustomerForm(const customer::v1::GetNewCustomerFormRequest&,
                                  const CallContext&, HqDone<customer::v1::Customer> done) = 0;
  virtual void CreateCustomer(const customer::v1::CreateCustomerRequest&, const CallContext&,
                              HqDone<customer::v1::Customer> done) = 0;
  // Without a position: no channel service stores this answer.
  virtual void BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest&,
                                    const CallContext&,
                                    Done<customer::v1::BatchCreateCustomersResponse> done) = 0;
  virtual void GetCustomer(const customer::v1::GetCustomerRequest&, const CallContext&,
                           HqDone<customer::v1::Customer> done) = 0;
  virtual void ListCustomers(const customer::v1::ListCustomersRequest&, const CallContext&,
                             HqDone<customer::v1::ListCustomersResponse> done) = 0;
  virtual void UpdateCustomer(const customer::v1::UpdateCustomerRequest&, const CallContext&,
                              HqDone<customer::v1::Customer> done) = 0;
  virtual void SearchCustomers(const customer::v1::SearchCustomersRequest&, const CallContext&,
                               HqDone<customer::v1::SearchCustomersResponse> done) = 0;
  virtual void ListConsentChanges(const customer::v1::ListConsentChangesRequest&,
                                  const CallContext&,
                                  HqDone<customer::v1::ListConsentChangesResponse> done) = 0;
  virtual void CreateAddress(const customer::v1::CreateAddressRequest&, const CallContext&,
                             HqDone<customer::v1::Address> done) = 0;
  virtual void GetAddress(const customer::v1::GetAddressRequest&, const CallContext&,
                          HqDone<customer::v1::Address> done) = 0;
  virtual void ListAddresses(const customer::v1::ListAddressesRequest&, const CallContext&,
                             HqDone<customer::v1::ListAddressesResponse> done) = 0;
  virtual void UpdateAddress(const customer::v1::UpdateAddressRequest&, const CallContext&,
                             HqDone<customer::v1::Address> done) = 0;
  virtual void DeactivateAddress(const customer::v1::DeactivateAddressRequest&, const CallContext&,
                                 HqDone<customer::v1::Address> done) = 0;
  virtual void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest&, const CallContext&,
                                HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest&, const CallContext&,
                              HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void GetLoyaltyCard(const customer::v1::GetLoyaltyCardRequest&, const CallContext&,
                              HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void ListLoyaltyCards(const customer::v1::ListLoyaltyCardsRequest&, const CallContext&,
                                HqDone<customer::v1::ListLoyaltyCardsResponse> done) = 0;
  virtual void BlockLoyaltyCard(const customer::v1::BlockLoyaltyCardRequest&, const CallContext&,
                                HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void UnblockLoyaltyCard(const customer::v1::UnblockLoyaltyCardRequest&,
                                  const CallContext&, HqDone<customer::v1::LoyaltyCard> done) = 0;
  virtual void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest&,
                                  const CallContext&, HqDone<customer::v1::Customer> done) = 0;
  // Writes the customer as it is now and after each change, until the stream is closed.
  virtual std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> WatchCustomer(
      const CallContext&, std::unique_ptr<StreamWriter<customer::v1::Customer>> writer) = 0;

  // VisibilityService.
  virtual void OpenCustomer(const hq::v1::OpenCustomerRequest&, const CallContext&,
                            HqDone<hq::v1::OpenCustomerResponse> done) = 0;
  virtual void ExplainVisibility(const hq::v1::ExplainVisibilityRequest&, const CallContext&,
                                 Done<hq::v1::CustomerVisibility> done) = 0;

  // AdminService. One overload per request and response of admin_service.proto.
  virtual void Administer(const hq::v1::CreateChannelRequest&, const CallContext&,
                          Done<hq::v1::Channel> done) = 0;
  virtual void Administer(const hq::v1::GetChannelRequest&, const CallContext&,
                          Done<hq::v1::Channel> done) = 0;
  virtual void Administer(const hq::v1::ListChannelsRequest&, const CallContext&,
                          Done<hq::v1::ListChannelsResponse> done) = 0;
  virtual void Administer(const hq::v1::UpdateChannelRequest&, const CallContext&,
                          Done<hq::v1::Channel> done) = 0;
  virtual void Administer(const hq::v1::CreateProfileRequest&, const CallContext&,
                          Done<hq::v1::Profile> done) = 0;
  virtual void Administer(const hq::v1::GetProfileRequest&, const CallContext&,
                          Done<hq::v1::Profile> done) = 0;
  virtual void Administer(const hq::v1::ListProfilesRequest&, const CallContext&,
                          Done<hq::v1::ListProfilesResponse> done) = 0;
  virtual void Administer(const hq::v1::UpdateProfileRequest&, const CallContext&,
                          Done<hq::v1::Profile> done) = 0;
  virtual void Administer(const hq::v1::CreateOperatingUnitRequest&, const CallContext&,
                          Done<hq::v1::OperatingUnit> done) = 0;
  virtual void Administer(const hq::v1::GetOperatingUnitRequest&, const CallContext&,
                          Done<hq::v1::OperatingUnit> done) = 0;
  virtual void Administer(const hq::v1::ListOperatingUnitsRequest&, const CallContext&,
                          Done<hq::v1::ListOperatingUnitsResponse> done) = 0;
  virtual void Administer(const hq::v1::UpdateOperatingUnitRequest&, const CallContext&,
                          Done<hq::v1::OperatingUnit> done) = 0;
  virtual void Administer(const hq::v1::CreateNumberSequenceRequest&, const CallContext&,
                          Done<hq::v1::NumberSequence> done) = 0;
  virtual void Administer(const hq::v1::GetNumberSequenceRequest&, const CallContext&,
                          Done<hq::v1::NumberSequence> done) = 0;
  virtual void Administer(const hq::v1::UpdateNumberSequenceRequest&, const CallContext&,
                          Done<hq::v1::NumberSequence> done) = 0;
  virtual void Administer(const hq::v1::CreateConfigurationRequest&, const CallContext&,
                          Done<hq::v1::Configuration> done) = 0;
  virtual void Administer(const hq::v1::GetConfigurationRequest&, const CallContext&,
                          Done<hq::v1::Configuration> done) = 0;
  virtual void Administer(const hq::v1::ListConfigurationsRequest&, const CallContext&,
                          Done<hq::v1::ListConfigurationsResponse> done) = 0;
  virtual void Administer(const hq::v1::UpdateConfigurationRequest&, const CallContext&,
                          Done<hq::v1::Configuration> done) = 0;
  virtual void Administer(const hq::v1::ApplyConfigurationsRequest&, const CallContext&,
                          Done<hq::v1::ApplyConfigurationsResponse> done) = 0;
  virtual void Administer(const hq::v1::ListAuditEntriesRequest&, const CallContext&,
                          Done<hq::v1::ListAuditEntriesResponse> done) = 0;
  virtual void Administer(const hq::v1::CheckConfigurationRequest&, const CallContext&,
                          Done<hq::v1::CheckConfigurationResponse> done) = 0;
  virtual void Administer(const hq::v1::ListOperationsRequest&, const CallContext&,
                          Done<hq::v1::ListOperationsResponse> done) = 0;
  virtual void Administer(const hq::v1::GetOperationRequest&, const CallContext&,
                          Done<hq::v1::StagedOperationInfo> done) = 0;
  virtual void Administer(const hq::v1::RetryOperationRequest&, const CallContext&,
                          Done<hq::v1::StagedOperationInfo> done) = 0;
  virtual void Administer(const hq::v1::CorrectOperationRequest&, const CallContext&,
                          Done<hq::v1::StagedOperationInfo> done) = 0;
  virtual void Administer(const hq::v1::DiscardOperationRequest&, const CallContext&,
                          Done<hq::v1::StagedOperationInfo> done) = 0;
  virtual void Administer(const hq::v1::ListConflictsRequest&, const CallContext&,
                          Done<hq::v1::ListConflictsResponse> done) = 0;
  virtual void Administer(const hq::v1::ResolveConflictRequest&, const CallContext&,
                          Done<hq::v1::Conflict> done) = 0;
  virtual void Administer(const hq::v1::TraceCustomerRequest&, const CallContext&,
                          Done<hq::v1::CustomerTrace> done) = 0;
  virtual void Administer(const hq::v1::ListChannelServicesRequest&, const CallContext&,
                          Done<hq::v1::ListChannelServicesResponse> done) = 0;
  virtual void Administer(const hq::v1::GetHqStatusRequest&, const CallContext&,
                          Done<hq::v1::HqStatus> done) = 0;
  virtual void Administer(const hq::v1::GetRecoveryRequest&, const CallContext&,
                          Done<hq::v1::Recovery> done) = 0;
  virtual void Administer(const hq::v1::EndRecoveryRequest&, const CallContext&,
                          Done<hq::v1::Recovery> done) = 0;
  virtual void Administer(const hq::v1::ListRestoreConflictsRequest&, const CallContext&,
                          Done<hq::v1::ListRestoreConflictsResponse> done) = 0;
  virtual void Administer(const hq::v1::ResolveRestoreConflictRequest&, const CallContext&,
                          Done<hq::v1::RestoreConflict> done) = 0;
  virtual void Administer(const hq::v1::ListLineagesRequest&, const CallContext&,
                          Done<hq::v1::ListLineagesResponse> done) = 0;
  virtual void Administer(const hq::v1::TakeLineageRequest&, const CallContext&,
                          Done<hq::v1::Lineage> done) = 0;
  virtual void Administer(const hq::v1::DiscardLineageRequest&, const CallContext&,
                          Done<hq::v1::Lineage> done) = 0;

  // JobService, likewise.
  virtual void Administer(const hq::v1::ListJobsRequest&, const CallContext&,
                          Done<hq::v1::ListJobsResponse> done) = 0;
  virtual void Administer(const hq::v1::RunJobRequest&, const CallContext&,
                          Done<hq::v1::JobRun> done) = 0;
  virtual void Administer(const hq::v1::CancelJobRequest&, const CallContext&,
                          Done<hq::v1::JobInfo> done) = 0;
  virtual void Administer(const hq::v1::ListJobRunsRequest&, const CallContext&,
                          Done<hq::v1::ListJobRunsResponse> done) = 0;
  virtual void Administer(const hq::v1::ListSessionsRequest&, const CallContext&,
                          Done<hq::v1::ListSessionsResponse> done) = 0;
  virtual void Administer(const hq::v1::GetSessionRequest&, const CallContext&,
                          Done<hq::v1::Session> done) = 0;
  virtual void Administer(const hq::v1::CancelSessionRequest&, const CallContext&,
                          Done<hq::v1::Session> done) = 0;
  virtual void Administer(const hq::v1::RerunSessionRequest&, const CallContext&,
                          Done<hq::v1::Session> done) = 0;

  // ReplicationService: HQ's end of each stream. Called on the executor; the reader is called there
  // too, and is destroyed after OnClosed.
  virtual std::unique_ptr<StreamReader<hq::v1::UploadRequest>> UploadOperations(
      std::unique_ptr<StreamWriter<hq::v1::UploadResponse>> writer) = 0;
  virtual std::unique_ptr<StreamReader<hq::v1::SubscribeRequest>> SubscribeChanges(
      std::unique_ptr<StreamWriter<hq::v1::SubscribeResponse>> writer) = 0;

  // ChangeStreamService. Called on the executor; what it returns is called there too.
  virtual std::unique_ptr<StreamSource> StreamCustomerEvents(
      const hq::v1::StreamCustomerEventsRequest&, const CallContext&,
      std::unique_ptr<StreamWriter<hq::v1::CustomerEvent>> writer) = 0;

  // Starts conversion, recurrences and timers on the executor.
  virtual void Start() = 0;
  // Ends all streams and stops scheduling work; on the executor.
  virtual void Stop() = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_HQ_H_
