#include "hq-service/process.h"

#include "common/base/status.h"
#include "common/base/version.h"
#include "common/customer/search/search_memory.h"
#include "common/customer/search/search_memory_metrics.h"
#include "common/process/service_host.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "hq-service/service/handlers.h"
#include "hq-service/service/hq_metrics.h"

namespace comptoir::hq {

// In the order in which they need each other.
struct HqProcess::Parts {
  Parts(const ServiceOptions& options, Logger& logger)
      : host(options, logger),
        search_memory({.bytes_max = options.search_memory_bytes_max}, host.clock(), logger),
        search_metrics(host.metrics(), search_memory) {}

  ServiceHost host;
  SearchMemory search_memory;
  SearchMemoryMetrics search_metrics;
  std::unique_ptr<Hq> hq;
  std::unique_ptr<HqMetrics> metrics;
};

HqProcess::HqProcess(const ServiceOptions& options, Logger& logger)
    : parts_(new Parts(options, logger)) {}

HqProcess::~HqProcess() { Drain(); }

absl::StatusOr<std::unique_ptr<HqProcess>> HqProcess::Start(const HqProcessOptions& options,
                                                            Logger& logger) {
  std::unique_ptr<HqProcess> process(new HqProcess(options.service, logger));
  COMPTOIR_RETURN_IF_ERROR(process->Serve(options));
  return process;
}

absl::Status HqProcess::Serve(const HqProcessOptions& options) {
  Parts& parts = *parts_;
  ServiceHost& host = parts.host;
  COMPTOIR_RETURN_IF_ERROR(host.Open(&parts.search_memory));
  const auto run_read = [&host](std::function<void()> read) {
    return host.reads().Run(std::move(read));
  };
  COMPTOIR_ASSIGN_OR_RETURN(parts.hq, Hq::Open({.database = host.database(),
                                                .submitter = host.submitter(),
                                                .executor = host.loop(),
                                                .clock = host.clock(),
                                                .random = host.random(),
                                                .logger = host.logger(),
                                                .search_memory = &parts.search_memory,
                                                .run_read = run_read},
                                               options.hq));
  parts.search_memory.Load(host.database(), run_read);
  parts.metrics = std::make_unique<HqMetrics>(host.metrics(), *parts.hq);
  COMPTOIR_RETURN_IF_ERROR(
      host.Serve({.handlers = NewHandlers(*parts.hq, host.calls(), host.reads(), host.loop()),
                  .start = [&parts] { parts.hq->Start(); },
                  .update_metrics =
                      [&parts] {
                        parts.metrics->Update();
                        parts.search_metrics.Update();
                      },
                  .stop = [&parts] { parts.hq->Stop(); }}));
  host.SetServing(true);
  LogInfo(host.logger(), "hq-service is serving",
          {{"version", VersionText()},
           {"port", host.port()},
           {"metrics_port", host.metrics_port()},
           {"data", options.service.rocks.path}});
  return host.PublishPorts();
}

void HqProcess::Drain() {
  if (parts_ == nullptr) return;
  parts_->host.StopServing();
  parts_->host.StopThreads();
  parts_.reset();
}

int HqProcess::port() const { return parts_->host.port(); }

int HqProcess::metrics_port() const { return parts_->host.metrics_port(); }

}  // namespace comptoir::hq
