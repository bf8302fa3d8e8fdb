#include "common/rpc/server.h"

#include <prometheus/exposer.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/rpc/address.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace comptoir::rpc {
namespace {

constexpr int kKeepaliveIntervalMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
// Clients may ask this often whether we are still there.
constexpr int kPingIntervalMinMs = 1'000;
// Only reflection uses these; calls run on gRPC's callback threads.
constexpr int kSyncThreadsMax = 4;

absl::Status CannotListen(std::string_view address) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", ToAbsl(address), ": is the port in use?"));
}

// Readers see no file or a whole one.
absl::Status WriteWhole(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".unfinished";
  std::ofstream file(unfinished, std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (file && !error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write the port file ", path));
}

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

absl::StatusOr<std::unique_ptr<prometheus::Exposer>> Expose(const std::string& address,
                                                            const Metrics& metrics) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address, /*num_threads=*/1);
    exposer->RegisterCollectable(metrics.collectable());
    return exposer;
  } catch (const std::exception&) {
    return CannotListen(address);
  }
}

}  // namespace

struct Server::Parts {
  std::shared_ptr<prometheus::Collectable> collectable;
  std::unique_ptr<prometheus::Exposer> exposer;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(ServerOptions options)
    : options_(std::move(options)), parts_(std::make_unique<Parts>()) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services,
                                                      Metrics& metrics) {
  for (const std::string& address : {options.listen, options.metrics_listen}) {
    if (address.empty()) continue;
    if (const absl::Status status = CheckListenAddress(address); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(address, " ", status.message()));
    }
  }
  EnablePlugins();
  // An old one would name the port of a server that is gone.
  std::error_code ignored;
  if (!options.port_file.empty()) std::filesystem::remove(options.port_file, ignored);

  std::unique_ptr<Server> server(new Server(options));
  if (!options.metrics_listen.empty()) {
    auto exposer = Expose(options.metrics_listen, metrics);
    if (!exposer.ok()) return exposer.status();
    server->parts_->collectable = metrics.collectable();
    server->parts_->exposer = *std::move(exposer);
    server->metrics_port_ = server->parts_->exposer->GetListeningPorts().front();
  }

  grpc::ServerBuilder builder;
  SetArguments(options, builder);
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &server->port_);
  for (grpc::Service* const service : services) builder.RegisterService(service);
  server->parts_->server = builder.BuildAndStart();
  if (server->parts_->server == nullptr || server->port_ == 0) return CannotListen(options.listen);
  server->parts_->server->GetHealthCheckService()->SetServingStatus(false);
  return server;
}

void Server::SetServing(bool serving) {
  parts_->server->GetHealthCheckService()->SetServingStatus(serving);
}

absl::Status Server::WritePortFile() {
  if (options_.port_file.empty()) return absl::OkStatus();
  std::string text = absl::StrCat(port_, "\n");
  if (metrics_port_ != 0) absl::StrAppend(&text, metrics_port_, "\n");
  return WriteWhole(options_.port_file, text);
}

void Server::Shutdown(absl::Duration patience) {
  if (parts_->server == nullptr) return;
  parts_->server->GetHealthCheckService()->Shutdown();
  parts_->server->Shutdown(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(patience));
  parts_->server->Wait();
  parts_->exposer.reset();
}

}  // namespace comptoir::rpc
