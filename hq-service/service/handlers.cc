#include "hq-service/service/handlers.h"

#include <string_view>
#include <utility>

#include "common/rpc/customer_handlers.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/unary.h"
#include "comptoir/hq/v1/admin_service.grpc.pb.h"
#include "comptoir/hq/v1/job_service.grpc.pb.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/hq/v1/visibility_service.grpc.pb.h"
#include "hq-service/service/event_handlers.h"

namespace comptoir::hq {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;

class AdminHandlers : public v1::AdminService::CallbackService {
 public:
  AdminHandlers(Hq& hq, rpc::Calls& calls, ReadPool& reads)
      : hq_(hq), calls_(calls), reads_(reads) {}

  Unary* CreateChannel(Context* context, const v1::CreateChannelRequest* request,
                       v1::Channel* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetChannel(Context* context, const v1::GetChannelRequest* request,
                    v1::Channel* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListChannels(Context* context, const v1::ListChannelsRequest* request,
                      v1::ListChannelsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* UpdateChannel(Context* context, const v1::UpdateChannelRequest* request,
                       v1::Channel* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CreateProfile(Context* context, const v1::CreateProfileRequest* request,
                       v1::Profile* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetProfile(Context* context, const v1::GetProfileRequest* request,
                    v1::Profile* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListProfiles(Context* context, const v1::ListProfilesRequest* request,
                      v1::ListProfilesResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* UpdateProfile(Context* context, const v1::UpdateProfileRequest* request,
                       v1::Profile* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CreateOperatingUnit(Context* context, const v1::CreateOperatingUnitRequest* request,
                             v1::OperatingUnit* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetOperatingUnit(Context* context, const v1::GetOperatingUnitRequest* request,
                          v1::OperatingUnit* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListOperatingUnits(Context* context, const v1::ListOperatingUnitsRequest* request,
                            v1::ListOperatingUnitsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* UpdateOperatingUnit(Context* context, const v1::UpdateOperatingUnitRequest* request,
                             v1::OperatingUnit* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CreateNumberSequence(Context* context, const v1::CreateNumberSequenceRequest* request,
                              v1::NumberSequence* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetNumberSequence(Context* context, const v1::GetNumberSequenceRequest* request,
                           v1::NumberSequence* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* UpdateNumberSequence(Context* context, const v1::UpdateNumberSequenceRequest* request,
                              v1::NumberSequence* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CreateConfiguration(Context* context, const v1::CreateConfigurationRequest* request,
                             v1::Configuration* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetConfiguration(Context* context, const v1::GetConfigurationRequest* request,
                          v1::Configuration* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListConfigurations(Context* context, const v1::ListConfigurationsRequest* request,
                            v1::ListConfigurationsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* UpdateConfiguration(Context* context, const v1::UpdateConfigurationRequest* request,
                             v1::Configuration* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ApplyConfigurations(Context* context, const v1::ApplyConfigurationsRequest* request,
                             v1::ApplyConfigurationsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListAuditEntries(Context* context, const v1::ListAuditEntriesRequest* request,
                          v1::ListAuditEntriesResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CheckConfiguration(Context* context, const v1::CheckConfigurationRequest* request,
                            v1::CheckConfigurationResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListOperations(Context* context, const v1::ListOperationsRequest* request,
                        v1::ListOperationsResponse* response) override {
    // A page may look at many.
    return rpc::RunRead<v1::ListOperationsResponse>(
        calls_, reads_, __func__, context, response,
        [this, request](const CallContext& call, Done<v1::ListOperationsResponse> done) {
          hq_.Administer(*request, call, std::move(done));
        });
  }
  Unary* GetOperation(Context* context, const v1::GetOperationRequest* request,
                      v1::StagedOperationInfo* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* RetryOperation(Context* context, const v1::RetryOperationRequest* request,
                        v1::StagedOperationInfo* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CorrectOperation(Context* context, const v1::CorrectOperationRequest* request,
                          v1::StagedOperationInfo* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* DiscardOperation(Context* context, const v1::DiscardOperationRequest* request,
                          v1::StagedOperationInfo* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListConflicts(Context* context, const v1::ListConflictsRequest* request,
                       v1::ListConflictsResponse* response) override {
    // A page may look at many.
    return rpc::RunRead<v1::ListConflictsResponse>(
        calls_, reads_, __func__, context, response,
        [this, request](const CallContext& call, Done<v1::ListConflictsResponse> done) {
          hq_.Administer(*request, call, std::move(done));
        });
  }
  Unary* ResolveConflict(Context* context, const v1::ResolveConflictRequest* request,
                         v1::Conflict* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* TraceCustomer(Context* context, const v1::TraceCustomerRequest* request,
                       v1::CustomerTrace* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListChannelServices(Context* context, const v1::ListChannelServicesRequest* request,
                             v1::ListChannelServicesResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetHqStatus(Context* context, const v1::GetHqStatusRequest* request,
                     v1::HqStatus* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetRecovery(Context* context, const v1::GetRecoveryRequest* request,
                     v1::Recovery* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* EndRecovery(Context* context, const v1::EndRecoveryRequest* request,
                     v1::Recovery* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListRestoreConflicts(Context* context, const v1::ListRestoreConflictsRequest* request,
                              v1::ListRestoreConflictsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ResolveRestoreConflict(Context* context, const v1::ResolveRestoreConflictRequest* request,
                                v1::RestoreConflict* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListLineages(Context* context, const v1::ListLineagesRequest* request,
                      v1::ListLineagesResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* TakeLineage(Context* context, const v1::TakeLineageRequest* request,
                     v1::Lineage* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* DiscardLineage(Context* context, const v1::DiscardLineageRequest* request,
                        v1::Lineage* response) override {
    return Run(__func__, context, *request, response);
  }

 private:
  template <typename Request, typename Response>
  Unary* Run(std::string_view name, Context* context, const Request& request, Response* response) {
    return rpc::Run<Response>(calls_, name, context, response,
                              [&](const CallContext& call, Done<Response> done) {
                                hq_.Administer(request, call, std::move(done));
                              });
  }

  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
  ReadPool& reads_;
};

class JobHandlers : public v1::JobService::CallbackService {
 public:
  JobHandlers(Hq& hq, rpc::Calls& calls) : hq_(hq), calls_(calls) {}

  Unary* ListJobs(Context* context, const v1::ListJobsRequest* request,
                  v1::ListJobsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* RunJob(Context* context, const v1::RunJobRequest* request, v1::JobRun* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CancelJob(Context* context, const v1::CancelJobRequest* request,
                   v1::JobInfo* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListJobRuns(Context* context, const v1::ListJobRunsRequest* request,
                     v1::ListJobRunsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* ListSessions(Context* context, const v1::ListSessionsRequest* request,
                      v1::ListSessionsResponse* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* GetSession(Context* context, const v1::GetSessionRequest* request,
                    v1::Session* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* CancelSession(Context* context, const v1::CancelSessionRequest* request,
                       v1::Session* response) override {
    return Run(__func__, context, *request, response);
  }
  Unary* RerunSession(Context* context, const v1::RerunSessionRequest* request,
                      v1::Session* response) override {
    return Run(__func__, context, *request, response);
  }

 private:
  template <typename Request, typename Response>
  Unary* Run(std::string_view name, Context* context, const Request& request, Response* response) {
    return rpc::Run<Response>(calls_, name, context, response,
                              [&](const CallContext& call, Done<Response> done) {
                                hq_.Administer(request, call, std::move(done));
                              });
  }

  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
};

class VisibilityHandlers : public v1::VisibilityService::CallbackService {
 public:
  VisibilityHandlers(Hq& hq, rpc::Calls& calls) : hq_(hq), calls_(calls) {}

  Unary* OpenCustomer(Context* context, const v1::OpenCustomerRequest* request,
                      v1::OpenCustomerResponse* response) override {
    return rpc::Run<HqAnswer<v1::OpenCustomerResponse>>(
        calls_, __func__, context, response, [&](const CallContext& call, auto done) {
          hq_.OpenCustomer(*request, call, std::move(done));
        });
  }
  Unary* ExplainVisibility(Context* context, const v1::ExplainVisibilityRequest* request,
                           v1::CustomerVisibility* response) override {
    return rpc::Run<v1::CustomerVisibility>(
        calls_, __func__, context, response, [&](const CallContext& call, auto done) {
          hq_.ExplainVisibility(*request, call, std::move(done));
        });
  }

 private:
  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
};

class ReplicationHandlers : public v1::ReplicationService::CallbackService {
 public:
  ReplicationHandlers(Hq& hq, rpc::Calls& calls, Executor& executor)
      : hq_(hq), calls_(calls), executor_(executor) {}

  grpc::ServerBidiReactor<v1::UploadRequest, v1::UploadResponse>* UploadOperations(
      Context*) override {
    return rpc::ServeBidi<v1::UploadRequest, v1::UploadResponse>(
        calls_, __func__, executor_,
        [this](auto writer) { return hq_.UploadOperations(std::move(writer)); });
  }
  grpc::ServerBidiReactor<v1::SubscribeRequest, v1::SubscribeResponse>* SubscribeChanges(
      Context*) override {
    return rpc::ServeBidi<v1::SubscribeRequest, v1::SubscribeResponse>(
        calls_, __func__, executor_,
        [this](auto writer) { return hq_.SubscribeChanges(std::move(writer)); });
  }

 private:
  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
  Executor& executor_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewHandlers(Hq& hq, rpc::Calls& calls, ReadPool& reads,
                                                        Executor& executor) {
  std::vector<std::unique_ptr<grpc::Service>> handlers;
  handlers.push_back(std::make_unique<rpc::CustomerHandlers<Hq>>(hq, calls, reads, executor));
  handlers.push_back(std::make_unique<AdminHandlers>(hq, calls, reads));
  handlers.push_back(std::make_unique<JobHandlers>(hq, calls));
  handlers.push_back(std::make_unique<VisibilityHandlers>(hq, calls));
  handlers.push_back(std::make_unique<ReplicationHandlers>(hq, calls, executor));
  handlers.push_back(NewEventHandlers(hq, calls, executor));
  return handlers;
}

}  // namespace comptoir::hq
