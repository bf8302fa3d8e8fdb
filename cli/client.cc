#include "cli/client.h"

#include <grpcpp/grpcpp.h>

#include <set>
#include <utility>

#include "common/base/check.h"
#include "common/rpc/status_mapping.h"
#include "comptoir/channel/v1/status_service.grpc.pb.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"
#include "comptoir/hq/v1/admin_service.grpc.pb.h"
#include "comptoir/hq/v1/change_stream.grpc.pb.h"
#include "comptoir/hq/v1/job_service.grpc.pb.h"
#include "comptoir/hq/v1/visibility_service.grpc.pb.h"

namespace comptoir::cli {

struct Connection::State {
  ClientOptions options;
  const Clock& clock;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<customer::v1::CustomerService::Stub> customers;
  std::unique_ptr<hq::v1::AdminService::Stub> admin;
  std::unique_ptr<hq::v1::JobService::Stub> jobs;
  std::unique_ptr<hq::v1::ChangeStreamService::Stub> events;
  std::unique_ptr<hq::v1::VisibilityService::Stub> visibility;
  std::unique_ptr<channel::v1::StatusService::Stub> status;
};

namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  // A service that was restarted is found again at once, not after gRPC's two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Services are called as they are addressed, whatever proxy the environment names for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void AddLanguage(const Connection::State& connection, grpc::ClientContext& context) {
  const std::string& language = connection.options.language;
  if (!language.empty()) context.AddMetadata("accept-language", language);
}

void Prepare(const Connection::State& connection, grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(connection.clock.Now() + connection.options.timeout));
  AddLanguage(connection, context);
}

template <typename Response, typename Stub, typename Method, typename Request>
absl::StatusOr<Response> CallUnary(const Connection::State& connection, Stub& stub, Method method,
                                   const Request& request) {
  grpc::ClientContext context;
  Prepare(connection, context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return rpc::FromGrpc(status);
  return response;
}

// Until `visit` returns false or the stream ends.
template <typename Message, typename Open>
absl::Status ReadAll(const Connection::State& connection, const Open& open,
                     const std::function<bool(const Message&)>& visit) {
  grpc::ClientContext context;
  AddLanguage(connection, context);
  const auto reader = open(context);
  Message message;
  while (reader->Read(&message)) {
    if (visit(message)) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return rpc::FromGrpc(reader->Finish());
}

}  // namespace

Connection::Connection(ClientOptions options, const Clock& clock) {
  std::shared_ptr<grpc::Channel> channel = Connect(options.address);
  state_ =
      std::make_shared<State>(State{.options = std::move(options),
                                    .clock = clock,
                                    .channel = channel,
                                    .customers = customer::v1::CustomerService::NewStub(channel),
                                    .admin = hq::v1::AdminService::NewStub(channel),
                                    .jobs = hq::v1::JobService::NewStub(channel),
                                    .events = hq::v1::ChangeStreamService::NewStub(channel),
                                    .visibility = hq::v1::VisibilityService::NewStub(channel),
                                    .status = channel::v1::StatusService::NewStub(channel)});
}

const std::string& Connection::address() const { return state_->options.address; }

#define COMPTOIR_CLI_CALL(package, Service, stub, Method, Response)                               \
  absl::StatusOr<package::Response> Client::Call(const package::Method##Request& request) const { \
    return CallUnary<package::Response>(connection_.state(), *connection_.state().stub,           \
                                        &package::Service::Stub::Method, request);                \
  }

COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, GetNewCustomerForm, Customer)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, CreateCustomer, Customer)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, GetCustomer, Customer)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, ListCustomers, ListCustomersResponse)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, UpdateCustomer, Customer)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, SearchCustomers,
                  SearchCustomersResponse)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, EnsureSynchronized, Customer)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, ListConsentChanges,
                  ListConsentChangesResponse)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, CreateAddress, Address)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, ListAddresses, ListAddressesResponse)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, IssueLoyaltyCard, LoyaltyCard)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, TieLoyaltyCard, LoyaltyCard)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, GetLoyaltyCard, LoyaltyCard)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, ListLoyaltyCards,
                  ListLoyaltyCardsResponse)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, BlockLoyaltyCard, LoyaltyCard)
COMPTOIR_CLI_CALL(customer::v1, CustomerService, customers, UnblockLoyaltyCard, LoyaltyCard)

COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CreateChannel, Channel)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetChannel, Channel)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListChannels, ListChannelsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, UpdateChannel, Channel)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CreateProfile, Profile)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetProfile, Profile)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListProfiles, ListProfilesResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, UpdateProfile, Profile)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CreateOperatingUnit, OperatingUnit)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListOperatingUnits, ListOperatingUnitsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CreateNumberSequence, NumberSequence)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetNumberSequence, NumberSequence)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, UpdateNumberSequence, NumberSequence)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CreateConfiguration, Configuration)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetConfiguration, Configuration)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListConfigurations, ListConfigurationsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, UpdateConfiguration, Configuration)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ApplyConfigurations, ApplyConfigurationsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListAuditEntries, ListAuditEntriesResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CheckConfiguration, CheckConfigurationResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListOperations, ListOperationsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetOperation, StagedOperationInfo)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, RetryOperation, StagedOperationInfo)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, CorrectOperation, StagedOperationInfo)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, DiscardOperation, StagedOperationInfo)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListConflicts, ListConflictsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ResolveConflict, Conflict)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, TraceCustomer, CustomerTrace)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListChannelServices, ListChannelServicesResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetHqStatus, HqStatus)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, GetRecovery, Recovery)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, EndRecovery, Recovery)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListRestoreConflicts, ListRestoreConflictsResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ResolveRestoreConflict, RestoreConflict)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, ListLineages, ListLineagesResponse)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, TakeLineage, Lineage)
COMPTOIR_CLI_CALL(hq::v1, AdminService, admin, DiscardLineage, Lineage)

COMPTOIR_CLI_CALL(hq::v1, VisibilityService, visibility, ExplainVisibility, CustomerVisibility)

COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, ListJobs, ListJobsResponse)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, RunJob, JobRun)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, CancelJob, JobInfo)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, ListJobRuns, ListJobRunsResponse)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, ListSessions, ListSessionsResponse)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, GetSession, Session)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, CancelSession, Session)
COMPTOIR_CLI_CALL(hq::v1, JobService, jobs, RerunSession, Session)

COMPTOIR_CLI_CALL(channel::v1, StatusService, status, GetStatus, Status)
COMPTOIR_CLI_CALL(channel::v1, StatusService, status, SetForcedOffline, Status)
COMPTOIR_CLI_CALL(channel::v1, StatusService, status, ListUnsettledOperations,
                  ListUnsettledOperationsResponse)

#undef COMPTOIR_CLI_CALL

absl::Status Client::Watch(const customer::v1::WatchCustomerRequest& request,
                           const std::function<bool(const customer::v1::Customer&)>& visit) const {
  return ReadAll<customer::v1::Customer>(
      connection_.state(),
      [&](grpc::ClientContext& context) {
        return connection_.state().customers->WatchCustomer(&context, request);
      },
      visit);
}

absl::Status Client::Follow(const hq::v1::StreamCustomerEventsRequest& request,
                            const std::function<bool(const hq::v1::CustomerEvent&)>& visit) const {
  return ReadAll<hq::v1::CustomerEvent>(
      connection_.state(),
      [&](grpc::ClientContext& context) {
        return connection_.state().events->StreamCustomerEvents(&context, request);
      },
      visit);
}

struct CreateCalls::State {
  struct OneCall {
    uint64_t token;
    grpc::ClientContext context;
    customer::v1::Customer response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<customer::v1::Customer>> reader;
  };

  const Connection connection;
  const Clock& clock;
  grpc::CompletionQueue queue;
  std::set<OneCall*> under_way;
};

CreateCalls::CreateCalls(Connection connection, const Clock& clock)
    : state_(new State{.connection = std::move(connection), .clock = clock}) {}

CreateCalls::~CreateCalls() {
  for (State::OneCall* call : state_->under_way) call->context.TryCancel();
  state_->queue.Shutdown();
  void* tag;
  bool ok;
  while (state_->queue.Next(&tag, &ok)) delete static_cast<State::OneCall*>(tag);
}

void CreateCalls::Start(uint64_t token, const customer::v1::CreateCustomerRequest& request) {
  const Connection::State& connection = state_->connection.state();
  auto* call = new State::OneCall{.token = token};
  state_->under_way.insert(call);
  Prepare(connection, call->context);
  call->reader = connection.customers->AsyncCreateCustomer(&call->context, request, &state_->queue);
  call->reader->Finish(&call->response, &call->status, call);
}

std::optional<CreateCalls::Answer> CreateCalls::Next(absl::Time deadline) {
  void* tag;
  bool ok;
  if (state_->queue.AsyncNext(&tag, &ok, absl::ToChronoTime(deadline)) !=
      grpc::CompletionQueue::GOT_EVENT) {
    return std::nullopt;
  }
  const std::unique_ptr<State::OneCall> call(static_cast<State::OneCall*>(tag));
  state_->under_way.erase(call.get());
  if (!call->status.ok()) return Answer{call->token, rpc::FromGrpc(call->status)};
  return Answer{call->token, std::move(call->response)};
}

}  // namespace comptoir::cli
