#ifndef COMPTOIR_COMMON_RPC_HEALTH_H_
#define COMPTOIR_COMMON_RPC_HEALTH_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"

namespace comptoir::rpc {

// Asks the standard health service. Thread-safe.
class HealthClient {
 public:
  // `calls` is borrowed.
  HealthClient(ClientCalls& calls, const std::shared_ptr<grpc::Channel>& connection);
  ~HealthClient();

  // Is the server serving? Calls `done` once, on any thread: OK if it is, SHUTTING_DOWN if it says
  // that it isn't, else what the call came to.
  void Check(absl::Time deadline, std::function<void(absl::Status)> done);

 private:
  struct Stub;

  // Constant after construction.
  ClientCalls& calls_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_HEALTH_H_
