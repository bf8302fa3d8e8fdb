#include "common/rpc/server.h"

#include <chrono>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/address.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/unix_socket.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace comptoir::rpc {
namespace {

// Clients may ask this often whether we are still there.
constexpr int kPingIntervalMinMs = 1'000;
// Only reflection uses these; calls run on gRPC's callback threads.
constexpr int kSyncThreadsMax = 4;

// Process-wide, for every server built later.
void EnablePlugins() {
  static const bool enabled = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(enabled);
}

void SetArguments(const ServerOptions& options, grpc::ServerBuilder& builder) {
  // Two services on one port would each get some of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
  builder.SetMaxSendMessageSize(-1);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  builder.SetResourceQuota(grpc::ResourceQuota("server")
                               .Resize(options.memory_bytes_max)
                               .SetMaxThreads(kSyncThreadsMax));
}

}  // namespace

Server::Server(std::unique_ptr<grpc::Server> server, int port)
    : server_(std::move(server)), port_(port) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  COMPTOIR_RETURN_IF_ERROR(CheckListenAddress(options.listen));
  const std::string& socket = options.listen_unix;
  if (!socket.empty()) {
    COMPTOIR_RETURN_IF_ERROR(CheckSocketPath(socket));
    // gRPC takes the path over, which is right only from a process that is gone.
    if (IsListenedOn(socket)) return CannotListen(socket);
  }
  EnablePlugins();
  int port = 0;
  grpc::ServerBuilder builder;
  SetArguments(options, builder);
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  int socket_bound = 1;
  if (!socket.empty()) {
    builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials(), &socket_bound);
  }
  for (grpc::Service* const service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  // gRPC starts none if one of them cannot be had, and says of each whether it could.
  if (socket_bound == 0) return CannotListen(socket);
  if (server == nullptr || port == 0) return CannotListen(options.listen);
  if (!socket.empty()) COMPTOIR_RETURN_IF_ERROR(LetGroupConnect(socket));
  server->GetHealthCheckService()->SetServingStatus(false);
  return std::unique_ptr<Server>(new Server(std::move(server), port));
}

void Server::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void Server::Shutdown(absl::Duration patience) {
  server_->GetHealthCheckService()->Shutdown();
  server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(patience));
  server_->Wait();
}

}  // namespace comptoir::rpc
