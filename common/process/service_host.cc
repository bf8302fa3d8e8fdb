#include "common/process/service_host.h"

#include <cstdlib>
#include <future>
#include <utility>

#include "common/base/status.h"
#include "common/process/port_file.h"
#include "common/storage/rocks_database.h"
#include "common/storage/tidy.h"
#include "grpcpp/impl/codegen/service_type.h"

namespace comptoir {
namespace {

constexpr absl::Duration kMetricsInterval = absl::Seconds(1);
// While little is written in so long, the database's files are put in order.
constexpr absl::Duration kTidyInterval = absl::Seconds(20);
// How long streams may take to end once the service has ended them.
constexpr absl::Duration kStreamsPatience = absl::Seconds(2);

}  // namespace

ServiceHost::ServiceHost(const ServiceOptions& options, Logger& logger)
    : options_(options), logger_(logger), calls_(metrics_, options.calls) {}

absl::Status ServiceHost::Open(CommitObserver* observer) {
  RemovePortFile(options_.port_file);
  COMPTOIR_ASSIGN_OR_RETURN(database_, OpenRocksDatabase(options_.rocks));
  CommitterOptions committer = options_.committer;
  committer.on_commit_failed = [this](const absl::Status& status) {
    LogError(logger_, "a commit failed, ending to recover", {{"status", status}});
    std::_Exit(EXIT_FAILURE);
  };
  committer.observer = observer;
  committer_ = std::make_unique<Committer>(*database_, std::move(committer));
  reads_ = std::make_unique<ReadPool>(options_.reads);
  loop_ = std::make_unique<Loop>();
  database_metrics_ = std::make_unique<DatabaseMetrics>(metrics_, *database_, *committer_, *reads_);
  return absl::OkStatus();
}

absl::Status ServiceHost::Serve(HostedService service) {
  service_ = std::move(service);
  if (!options_.metrics_listen.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(metrics_server_,
                              MetricsServer::Start(options_.metrics_listen, metrics_));
  }
  std::vector<grpc::Service*> handlers;
  for (const auto& handler : service_.handlers) handlers.push_back(handler.get());
  COMPTOIR_ASSIGN_OR_RETURN(server_, rpc::Server::Start(options_.server, handlers));
  loop_->Post([this] {
    service_.start();
    UpdateMetrics();
  });
  loop_->RunAfter(kTidyInterval, [this] { Tidy(); });
  return absl::OkStatus();
}

absl::Status ServiceHost::PublishPorts() {
  if (options_.port_file.empty()) return absl::OkStatus();
  std::vector<int> ports = {port()};
  if (metrics_port() != 0) ports.push_back(metrics_port());
  return WritePortFile(options_.port_file, ports);
}

void ServiceHost::UpdateMetrics() {
  database_metrics_->Update();
  service_.update_metrics();
  loop_->RunAfter(kMetricsInterval, [this] { UpdateMetrics(); });
}

void ServiceHost::Tidy() {
  // If the pool is busy, another time.
  reads_->Run([this] {
    const absl::Status status = TidyIfCalm(*database_);
    if (!status.ok()) LogWarning(logger_, "files stay as they are", {{"status", status}});
  });
  loop_->RunAfter(kTidyInterval, [this] { Tidy(); });
}

void ServiceHost::StopServing() {
  if (server_ == nullptr) return;
  server_->SetServing(false);
  calls_.Stop();
  if (!calls_.WaitForUnaryCalls(options_.drain_timeout)) {
    LogWarning(logger_, "calls are still under way after drain_timeout");
  }
  std::promise<void> stopped;
  loop_->Post([&] {
    service_.stop();
    stopped.set_value();
  });
  stopped.get_future().wait();
  server_->Shutdown(kStreamsPatience);
}

void ServiceHost::StopThreads() {
  if (loop_ != nullptr) loop_->Stop();
  if (reads_ != nullptr) reads_->Stop();
  if (committer_ != nullptr) committer_->Stop();
  server_.reset();
  service_ = {};
}

}  // namespace comptoir
