#ifndef COMPTOIR_COMMON_RPC_HEALTH_H_
#define COMPTOIR_COMMON_RPC_HEALTH_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"

namespace comptoir::rpc {

// Asks the standard health service whether its server is serving, and calls `done` once, on any
// thread: OK if it is, SHUTTING_DOWN if it says that it isn't, else what the call came to.
void CheckHealth(ClientCalls& calls, const std::shared_ptr<grpc::Channel>& connection,
                 absl::Time deadline, std::function<void(absl::Status)> done);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_HEALTH_H_
