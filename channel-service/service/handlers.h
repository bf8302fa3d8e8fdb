// A channel service's gRPC services around ChannelService.

#ifndef COMPTOIR_CHANNEL_SERVICE_SERVICE_HANDLERS_H_
#define COMPTOIR_CHANNEL_SERVICE_SERVICE_HANDLERS_H_

#include <memory>
#include <vector>

#include "channel-service/channel_service.h"
#include "common/base/executor.h"
#include "common/rpc/calls.h"
#include "common/storage/read_pool.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace comptoir::channel {

// CustomerService and StatusService. `service` and `calls` outlive them; watching happens on
// `executor`, which is that of `service`.
std::vector<std::unique_ptr<grpc::Service>> NewHandlers(ChannelService& service, rpc::Calls& calls,
                                                        ReadPool& reads, Executor& executor);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SERVICE_HANDLERS_H_
