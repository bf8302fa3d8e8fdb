// What a service needs around it to be a process: RocksDB, the commit threads, the read pool, the
// loop, metrics, gRPC. Both services are hosted by it, so both start and drain alike.

#ifndef COMPTOIR_COMMON_PROCESS_SERVICE_HOST_H_
#define COMPTOIR_COMMON_PROCESS_SERVICE_HOST_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/process/database_metrics.h"
#include "common/process/metrics_server.h"
#include "common/process/service_flags.h"
#include "common/rpc/calls.h"
#include "common/rpc/server.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"
#include "common/storage/read_pool.h"

namespace comptoir {

// The service that is hosted: its gRPC side, and what is called on the loop.
struct HostedService {
  std::vector<std::unique_ptr<grpc::Service>> handlers;
  // Before it is called anything; the server answers by then.
  std::function<void()> start;
  // Once a second.
  std::function<void()> update_metrics;
  // Ends its streams and background work; nothing of it begins afterwards.
  std::function<void()> stop;
};

// Used in this order, by one thread: Open(), Serve(), StopServing(), StopThreads(), destructor.
// What was not opened need not be stopped.
class ServiceHost {
 public:
  // `logger` is borrowed.
  ServiceHost(const ServiceOptions& options, Logger& logger);

  // Opens the database and starts the threads. A commit that fails ends the process. `observer` is
  // borrowed, null: nobody.
  absl::Status Open(CommitObserver* observer);

  // Starts to answer calls. Healthy only once SetServing() says so.
  absl::Status Serve(HostedService service);
  void SetServing(bool serving) { server_->SetServing(serving); }
  // Tells where it serves, in the port file.
  absl::Status PublishPorts();

  // Says NOT_SERVING, lets calls under way end for as long as drain_timeout says, stops the service
  // and ends its streams. The loop and the committer still run.
  void StopServing();

  // Returns when the loop, the read pool and the commit threads are gone: nothing refers to the
  // service any more.
  void StopThreads();

  Logger& logger() { return logger_; }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  Metrics& metrics() { return metrics_; }
  rpc::Calls& calls() { return calls_; }
  // From Open() on.
  Database& database() { return *database_; }
  Submitter& submitter() { return *committer_; }
  ReadPool& reads() { return *reads_; }
  Loop& loop() { return *loop_; }
  // From Serve() on.
  int port() const { return server_->port(); }
  // 0 if metrics are off.
  int metrics_port() const { return metrics_server_ == nullptr ? 0 : metrics_server_->port(); }

 private:
  void UpdateMetrics();
  void Tidy();

  // Constant after construction.
  const ServiceOptions options_;
  Logger& logger_;
  SystemClock clock_;
  SystemRandom random_;

  // In the order in which they need each other.
  Metrics metrics_;
  std::unique_ptr<MetricsServer> metrics_server_;
  rpc::Calls calls_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<ReadPool> reads_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<DatabaseMetrics> database_metrics_;
  HostedService service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_SERVICE_HOST_H_
