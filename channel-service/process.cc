#include "channel-service/process.h"

#include <cstdlib>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "channel-service/service/channel_metrics.h"
#include "channel-service/service/grpc_hq_client.h"
#include "channel-service/service/handlers.h"
#include "common/base/clock.h"
#include "common/base/loop.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/rpc/calls.h"
#include "common/rpc/database_metrics.h"
#include "common/rpc/metrics_server.h"
#include "common/rpc/port_file.h"
#include "common/rpc/server.h"
#include "common/storage/committer.h"
#include "common/storage/rocks_database.h"
#include "grpcpp/impl/codegen/service_type.h"

namespace comptoir::channel {
namespace {

constexpr absl::Duration kMetricsInterval = absl::Seconds(1);
constexpr absl::Duration kReadyInterval = absl::Milliseconds(20);
// How long streams may take to end once the service has ended them.
constexpr absl::Duration kStreamsPatience = absl::Seconds(2);

}  // namespace

// In the order in which they need each other.
struct ChannelProcess::Parts {
  Parts(const ChannelProcessOptions& options, Logger& logger)
      : options(options), logger(logger), calls(metrics, options.service.calls) {}

  absl::Status StartMetrics() {
    const std::string& address = options.service.metrics_listen;
    if (address.empty()) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(metrics_server, rpc::MetricsServer::Start(address, metrics));
    metrics_port = metrics_server->port();
    return absl::OkStatus();
  }

  absl::Status PublishPorts() {
    const std::string& file = options.service.port_file;
    if (file.empty()) return absl::OkStatus();
    std::vector<int> ports = {server->port()};
    if (metrics_port != 0) ports.push_back(metrics_port);
    return rpc::WritePortFile(file, ports);
  }

  void UpdateMetrics() {
    database_metrics->Update();
    channel_metrics->Update();
    loop->RunAfter(kMetricsInterval, [this] { UpdateMetrics(); });
  }

  // Healthy from the moment that all channels are configured.
  void WatchReady() {
    if (service->ready()) {
      server->SetServing(true);
      LogInfo(logger, "ready");
    } else {
      loop->RunAfter(kReadyInterval, [this] { WatchReady(); });
    }
  }

  const ChannelProcessOptions options;
  Logger& logger;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  // 0 if metrics are off.
  int metrics_port = 0;
  std::unique_ptr<rpc::MetricsServer> metrics_server;
  rpc::Calls calls;
  std::unique_ptr<Database> database;
  std::unique_ptr<Committer> committer;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<GrpcHqClient> hq;
  std::unique_ptr<ChannelService> service;
  std::unique_ptr<rpc::DatabaseMetrics> database_metrics;
  std::unique_ptr<ChannelMetrics> channel_metrics;
  std::vector<std::unique_ptr<grpc::Service>> handlers;
  std::unique_ptr<rpc::Server> server;
};

ChannelProcess::ChannelProcess(const ChannelProcessOptions& options, Logger& logger)
    : parts_(std::make_unique<Parts>(options, logger)) {}

ChannelProcess::~ChannelProcess() { Drain(); }

absl::StatusOr<std::unique_ptr<ChannelProcess>> ChannelProcess::Start(
    const ChannelProcessOptions& options, Logger& logger) {
  std::unique_ptr<ChannelProcess> process(new ChannelProcess(options, logger));
  COMPTOIR_RETURN_IF_ERROR(process->Open());
  COMPTOIR_RETURN_IF_ERROR(process->Serve());
  return process;
}

absl::Status ChannelProcess::Open() {
  Parts& parts = *parts_;
  rpc::RemovePortFile(parts.options.service.port_file);
  COMPTOIR_ASSIGN_OR_RETURN(parts.database, OpenRocksDatabase(parts.options.service.rocks));
  CommitterOptions committer = parts.options.service.committer;
  committer.on_commit_failed = [&logger = parts.logger](const absl::Status& status) {
    LogError(logger, "a commit failed, ending to recover", {{"status", status}});
    std::_Exit(EXIT_FAILURE);
  };
  parts.committer = std::make_unique<Committer>(*parts.database, std::move(committer));
  parts.loop = std::make_unique<Loop>();
  parts.hq = std::make_unique<GrpcHqClient>(parts.options.hq, *parts.loop);
  COMPTOIR_ASSIGN_OR_RETURN(parts.service, ChannelService::Open({.database = *parts.database,
                                                                 .submitter = *parts.committer,
                                                                 .executor = *parts.loop,
                                                                 .clock = parts.clock,
                                                                 .random = parts.random,
                                                                 .logger = parts.logger,
                                                                 .hq = *parts.hq},
                                                                parts.options.channel));
  return absl::OkStatus();
}

absl::Status ChannelProcess::Serve() {
  Parts& parts = *parts_;
  COMPTOIR_RETURN_IF_ERROR(parts.StartMetrics());
  parts.database_metrics =
      std::make_unique<rpc::DatabaseMetrics>(parts.metrics, *parts.database, *parts.committer);
  parts.channel_metrics = std::make_unique<ChannelMetrics>(parts.metrics, *parts.service);
  parts.handlers = NewHandlers(*parts.service, parts.calls, *parts.loop);
  std::vector<grpc::Service*> services;
  for (const auto& handler : parts.handlers) services.push_back(handler.get());
  COMPTOIR_ASSIGN_OR_RETURN(parts.server,
                            rpc::Server::Start(parts.options.service.server, services));
  parts.loop->Post([&parts] {
    parts.service->Start();
    parts.WatchReady();
    parts.UpdateMetrics();
  });
  LogInfo(parts.logger, "channel-service is serving",
          {{"version", VersionText()},
           {"id", parts.options.channel.id},
           {"channels", absl::StrJoin(parts.options.channel.channels, ",")},
           {"hq", parts.options.hq},
           {"port", parts.server->port()},
           {"metrics_port", parts.metrics_port},
           {"data", parts.options.service.rocks.path}});
  return parts.PublishPorts();
}

// Each step needs those below it to be still there.
void ChannelProcess::Drain() {
  Parts& parts = *parts_;
  if (parts.server != nullptr) {
    parts.server->SetServing(false);
    parts.calls.Stop();
    if (!parts.calls.WaitForUnaryCalls(parts.options.service.drain_timeout)) {
      LogWarning(parts.logger, "calls are still under way after drain_timeout");
    }
    std::promise<void> stopped;
    parts.loop->Post([&] {
      parts.service->Stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    parts.server->Shutdown(kStreamsPatience);
  }
  if (parts.hq != nullptr) parts.hq->Stop();
  if (parts.loop != nullptr) parts.loop->Stop();
  if (parts.committer != nullptr) parts.committer->Stop();
  parts.server.reset();
  parts.handlers.clear();
  parts.channel_metrics.reset();
  parts.service.reset();
  parts.hq.reset();
  parts.database_metrics.reset();
  parts.committer.reset();
  parts.loop.reset();
  parts.database.reset();
  parts.metrics_server.reset();
}

int ChannelProcess::port() const { return parts_->server->port(); }

int ChannelProcess::metrics_port() const { return parts_->metrics_port; }

}  // namespace comptoir::channel
