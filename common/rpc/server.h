// A gRPC server with health and reflection, in front of whatever services it is given.

#ifndef COMPTOIR_COMMON_RPC_SERVER_H_
#define COMPTOIR_COMMON_RPC_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace comptoir::rpc {

struct ServerOptions {
  // "HOST:PORT"; port 0 takes a free one. A loopback address, because nobody is authenticated yet.
  std::string listen;
  // Path of a Unix socket that is listened on besides, for callers on this machine: they needn't go
  // through TCP. Its owner and group may connect. Empty: none.
  std::string listen_unix;
  // A longer request is refused.
  size_t message_bytes_max = 4 << 20;
  // What connections may hold in memory together.
  size_t memory_bytes_max = 256 << 20;
};

// Thread-safe.
class Server {
 public:
  // Begins to answer calls; the health service says NOT_SERVING until SetServing(). The services
  // are borrowed.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  // Shuts down at once if Shutdown() wasn't called.
  ~Server();

  int port() const { return port_; }

  // What the health service says.
  void SetServing(bool serving);

  // Takes no new calls, waits until all have ended, cancels those that haven't after `patience`.
  // Returns when nothing of a call runs any more. Idempotent.
  void Shutdown(absl::Duration patience);

 private:
  Server(std::unique_ptr<grpc::Server> server, int port);

  // Constant after construction.
  const std::unique_ptr<grpc::Server> server_;
  const int port_;
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_SERVER_H_
