// A gRPC server with health, reflection and metrics, in front of whatever services it is given.

#ifndef COMPTOIR_COMMON_RPC_SERVER_H_
#define COMPTOIR_COMMON_RPC_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/metrics.h"
#include "common/rpc/calls.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace comptoir::rpc {

struct ServerOptions {
  // "HOST:PORT"; port 0 takes a free one. A loopback address, because nobody is authenticated yet.
  std::string listen;
  // Where GET /metrics is answered, as above. Empty: nowhere.
  std::string metrics_listen;
  // If not empty, a file for WritePortFile().
  std::string port_file;
  // A longer request is refused.
  size_t message_bytes_max = 4 << 20;
  // What connections may hold in memory together.
  size_t memory_bytes_max = 256 << 20;
  CallsOptions calls;
};

// Thread-safe.
class Server {
 public:
  // Begins to answer calls; the health service says NOT_SERVING until SetServing(). The services
  // and `metrics` are borrowed.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services,
                                                       Metrics& metrics);
  // Shuts down at once if Shutdown() wasn't called.
  ~Server();

  int port() const { return port_; }
  // 0 if metrics are off.
  int metrics_port() const { return metrics_port_; }

  // What the health service says.
  void SetServing(bool serving);

  // Writes the port, and the metrics' port on a second line if there is one, at once and as a
  // whole.
  absl::Status WritePortFile();

  // Takes no new calls, waits until all have ended, cancels those that haven't after `patience`.
  // Returns when nothing of a call runs any more. Idempotent.
  void Shutdown(absl::Duration patience);

 private:
  struct Parts;

  explicit Server(ServerOptions options);

  // Constant after Start().
  const ServerOptions options_;
  const std::unique_ptr<Parts> parts_;
  int port_ = 0;
  int metrics_port_ = 0;
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_SERVER_H_
