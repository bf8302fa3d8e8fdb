// ChangeStreamService over gRPC.

#ifndef COMPTOIR_HQ_SERVICE_SERVICE_EVENT_HANDLERS_H_
#define COMPTOIR_HQ_SERVICE_SERVICE_EVENT_HANDLERS_H_

#include <memory>

#include "common/base/executor.h"
#include "common/rpc/calls.h"
#include "hq-service/hq.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace comptoir::hq {

// `hq` and `calls` outlive it; streams live on `executor`, which is that of `hq`.
std::unique_ptr<grpc::Service> NewEventHandlers(Hq& hq, rpc::Calls& calls, Executor& executor);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_SERVICE_EVENT_HANDLERS_H_
