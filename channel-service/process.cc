#include "channel-service/process.h"

#include "absl/strings/str_join.h"
#include "channel-service/service/channel_metrics.h"
#include "channel-service/service/grpc_hq_client.h"
#include "channel-service/service/handlers.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/customer/search/search_memory.h"
#include "common/customer/search/search_memory_metrics.h"
#include "common/process/service_host.h"
#include "grpcpp/impl/codegen/service_type.h"

namespace comptoir::channel {
namespace {

constexpr absl::Duration kReadyInterval = absl::Milliseconds(20);

}  // namespace

// In the order in which they need each other.
struct ChannelProcess::Parts {
  Parts(const ServiceOptions& options, Logger& logger)
      : host(options, logger),
        search_memory({.bytes_max = options.search_memory_bytes_max}, host.clock(), logger),
        search_metrics(host.metrics(), search_memory) {}

  // Healthy from the moment that all channels are configured.
  void WatchReady() {
    if (service->ready()) {
      host.SetServing(true);
      LogInfo(host.logger(), "ready");
    } else {
      host.loop().RunAfter(kReadyInterval, [this] { WatchReady(); });
    }
  }

  ServiceHost host;
  SearchMemory search_memory;
  SearchMemoryMetrics search_metrics;
  std::unique_ptr<GrpcHqClient> hq;
  std::unique_ptr<ChannelService> service;
  std::unique_ptr<ChannelMetrics> metrics;
};

ChannelProcess::ChannelProcess(const ServiceOptions& options, Logger& logger)
    : parts_(new Parts(options, logger)) {}

ChannelProcess::~ChannelProcess() { Drain(); }

absl::StatusOr<std::unique_ptr<ChannelProcess>> ChannelProcess::Start(
    const ChannelProcessOptions& options, Logger& logger) {
  std::unique_ptr<ChannelProcess> process(new ChannelProcess(options.service, logger));
  COMPTOIR_RETURN_IF_ERROR(process->Serve(options));
  return process;
}

absl::Status ChannelProcess::Serve(const ChannelProcessOptions& options) {
  Parts& parts = *parts_;
  ServiceHost& host = parts.host;
  COMPTOIR_RETURN_IF_ERROR(host.Open(&parts.search_memory));
  parts.hq = std::make_unique<GrpcHqClient>(options.hq, host.loop());
  const auto aside = [&host](std::function<void()> work) {
    return host.reads().Run(std::move(work));
  };
  COMPTOIR_ASSIGN_OR_RETURN(parts.service,
                            ChannelService::Open({.database = host.database(),
                                                  .submitter = host.submitter(),
                                                  .executor = host.loop(),
                                                  .clock = host.clock(),
                                                  .random = host.random(),
                                                  .logger = host.logger(),
                                                  .hq = *parts.hq,
                                                  .run_aside = aside,
                                                  .search_memory = &parts.search_memory},
                                                 options.channel));
  parts.search_memory.Load(host.database(), aside);
  parts.metrics = std::make_unique<ChannelMetrics>(host.metrics(), *parts.service);
  COMPTOIR_RETURN_IF_ERROR(
      host.Serve({.handlers = NewHandlers(*parts.service, host.calls(), host.reads(), host.loop()),
                  .start =
                      [&parts] {
                        parts.service->Start();
                        parts.WatchReady();
                      },
                  .update_metrics =
                      [&parts] {
                        parts.metrics->Update();
                        parts.search_metrics.Update();
                      },
                  .stop = [&parts] { parts.service->Stop(); }}));
  LogInfo(host.logger(), "channel-service is serving",
          {{"version", VersionText()},
           {"id", options.channel.id},
           {"channels", absl::StrJoin(options.channel.channels, ",")},
           {"hq", options.hq},
           {"port", host.port()},
           {"metrics_port", host.metrics_port()},
           {"data", options.service.rocks.path}});
  return host.PublishPorts();
}

void ChannelProcess::Drain() {
  if (parts_ == nullptr) return;
  parts_->host.StopServing();
  // While the loop still runs: streams hear there that they are over.
  if (parts_->hq != nullptr) parts_->hq->Stop();
  parts_->host.StopThreads();
  parts_.reset();
}

int ChannelProcess::port() const { return parts_->host.port(); }

int ChannelProcess::metrics_port() const { return parts_->host.metrics_port(); }

}  // namespace comptoir::channel
