#include "hq-service/service/handlers.h"

#include <string_view>
#include <utility>

#include "common/rpc/customer_handlers.h"
#include "common/rpc/encoded_stream.h"
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

// The methods of Administer(): a call is run where it comes in, or, if it may read much, on the
// pool.
template <typename Service>
class Administering : public Service::CallbackService {
 public:
  Administering(Hq& hq, rpc::Calls& calls, ReadPool& reads)
      : hq_(hq), calls_(calls), reads_(reads) {}

 protected:
  template <typename Request, typename Response>
  Unary* Run(std::string_view name, Context* context, const Request* request, Response* response) {
    return rpc::Run<Response>(calls_, name, context, response, Method<Request, Response>(request));
  }
  template <typename Request, typename Response>
  Unary* Read(std::string_view name, Context* context, const Request* request, Response* response) {
    return rpc::RunRead<Response>(calls_, reads_, name, context, response,
                                  Method<Request, Response>(request));
  }

 private:
  // The request is gRPC's, until the call is answered.
  template <typename Request, typename Response>
  auto Method(const Request* request) {
    return [&hq = hq_, request](const CallContext& call, Done<Response> done) {
      hq.Administer(*request, call, std::move(done));
    };
  }

  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
  ReadPool& reads_;
};

#define COMPTOIR_ADMINISTER(run, method, Response)                                            \
  Unary* method(Context* context, const v1::method##Request* request, v1::Response* response) \
      override {                                                                              \
    return run(__func__, context, request, response);                                         \
  }

class AdminHandlers : public Administering<v1::AdminService> {
 public:
  using Administering::Administering;

  COMPTOIR_ADMINISTER(Run, CreateChannel, Channel)
  COMPTOIR_ADMINISTER(Run, GetChannel, Channel)
  COMPTOIR_ADMINISTER(Read, ListChannels, ListChannelsResponse)
  COMPTOIR_ADMINISTER(Run, UpdateChannel, Channel)
  COMPTOIR_ADMINISTER(Run, CreateProfile, Profile)
  COMPTOIR_ADMINISTER(Run, GetProfile, Profile)
  COMPTOIR_ADMINISTER(Read, ListProfiles, ListProfilesResponse)
  COMPTOIR_ADMINISTER(Run, UpdateProfile, Profile)
  COMPTOIR_ADMINISTER(Run, CreateOperatingUnit, OperatingUnit)
  COMPTOIR_ADMINISTER(Run, GetOperatingUnit, OperatingUnit)
  COMPTOIR_ADMINISTER(Read, ListOperatingUnits, ListOperatingUnitsResponse)
  COMPTOIR_ADMINISTER(Run, UpdateOperatingUnit, OperatingUnit)
  COMPTOIR_ADMINISTER(Run, CreateNumberSequence, NumberSequence)
  COMPTOIR_ADMINISTER(Run, GetNumberSequence, NumberSequence)
  COMPTOIR_ADMINISTER(Run, UpdateNumberSequence, NumberSequence)
  COMPTOIR_ADMINISTER(Run, CreateConfiguration, Configuration)
  COMPTOIR_ADMINISTER(Run, GetConfiguration, Configuration)
  COMPTOIR_ADMINISTER(Read, ListConfigurations, ListConfigurationsResponse)
  COMPTOIR_ADMINISTER(Run, UpdateConfiguration, Configuration)
  COMPTOIR_ADMINISTER(Run, ApplyConfigurations, ApplyConfigurationsResponse)
  COMPTOIR_ADMINISTER(Read, ListAuditEntries, ListAuditEntriesResponse)
  COMPTOIR_ADMINISTER(Run, CheckConfiguration, CheckConfigurationResponse)
  COMPTOIR_ADMINISTER(Read, ListOperations, ListOperationsResponse)
  COMPTOIR_ADMINISTER(Run, GetOperation, StagedOperationInfo)
  COMPTOIR_ADMINISTER(Run, RetryOperation, StagedOperationInfo)
  COMPTOIR_ADMINISTER(Run, CorrectOperation, StagedOperationInfo)
  COMPTOIR_ADMINISTER(Run, DiscardOperation, StagedOperationInfo)
  COMPTOIR_ADMINISTER(Read, ListConflicts, ListConflictsResponse)
  COMPTOIR_ADMINISTER(Run, ResolveConflict, Conflict)
  COMPTOIR_ADMINISTER(Run, TraceCustomer, CustomerTrace)
  COMPTOIR_ADMINISTER(Run, ListChannelServices, ListChannelServicesResponse)
  COMPTOIR_ADMINISTER(Run, GetHqStatus, HqStatus)
  COMPTOIR_ADMINISTER(Run, GetRecovery, Recovery)
  COMPTOIR_ADMINISTER(Run, EndRecovery, Recovery)
  COMPTOIR_ADMINISTER(Read, ListRestoreConflicts, ListRestoreConflictsResponse)
  COMPTOIR_ADMINISTER(Run, ResolveRestoreConflict, RestoreConflict)
  COMPTOIR_ADMINISTER(Read, ListLineages, ListLineagesResponse)
  COMPTOIR_ADMINISTER(Run, TakeLineage, Lineage)
  COMPTOIR_ADMINISTER(Run, DiscardLineage, Lineage)
};

class JobHandlers : public Administering<v1::JobService> {
 public:
  using Administering::Administering;

  COMPTOIR_ADMINISTER(Run, ListJobs, ListJobsResponse)
  COMPTOIR_ADMINISTER(Run, RunJob, JobRun)
  COMPTOIR_ADMINISTER(Run, CancelJob, JobInfo)
  COMPTOIR_ADMINISTER(Read, ListJobRuns, ListJobRunsResponse)
  COMPTOIR_ADMINISTER(Run, ListSessions, ListSessionsResponse)
  COMPTOIR_ADMINISTER(Run, GetSession, Session)
  COMPTOIR_ADMINISTER(Run, CancelSession, Session)
  COMPTOIR_ADMINISTER(Run, RerunSession, Session)
};

#undef COMPTOIR_ADMINISTER

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

// What is sent down is bytes, most of which were never a message here.
using ReplicationService = v1::ReplicationService::WithCallbackMethod_UploadOperations<
    v1::ReplicationService::WithRawCallbackMethod_SubscribeChanges<
        v1::ReplicationService::Service>>;

class ReplicationHandlers : public ReplicationService {
 public:
  ReplicationHandlers(Hq& hq, rpc::Calls& calls, Executor& executor)
      : hq_(hq), calls_(calls), executor_(executor) {}

  grpc::ServerBidiReactor<v1::UploadRequest, v1::UploadResponse>* UploadOperations(
      Context*) override {
    return rpc::ServeBidi<v1::UploadRequest, v1::UploadResponse>(
        calls_, __func__, executor_,
        [this](auto writer) { return hq_.UploadOperations(std::move(writer)); });
  }
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubscribeChanges(Context*) override {
    return rpc::ServeEncodedBidi<v1::SubscribeRequest, v1::SubscribeResponse>(
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
  handlers.push_back(std::make_unique<JobHandlers>(hq, calls, reads));
  handlers.push_back(std::make_unique<VisibilityHandlers>(hq, calls));
  handlers.push_back(std::make_unique<ReplicationHandlers>(hq, calls, executor));
  handlers.push_back(NewEventHandlers(hq, calls, executor));
  return handlers;
}

}  // namespace comptoir::hq
