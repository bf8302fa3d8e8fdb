// HQ's gRPC services around Hq.

#ifndef COMPTOIR_HQ_SERVICE_SERVICE_HANDLERS_H_
#define COMPTOIR_HQ_SERVICE_SERVICE_HANDLERS_H_

#include <memory>
#include <vector>

#include "common/base/executor.h"
#include "common/rpc/calls.h"
#include "common/storage/read_pool.h"
#include "hq-service/hq.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace comptoir::hq {

// CustomerService, AdminService, JobService, VisibilityService, ReplicationService and
// ChangeStreamService. `hq` and `calls` outlive them; streams live on `executor`, which is that of
// `hq`.
std::vector<std::unique_ptr<grpc::Service>> NewHandlers(Hq& hq, rpc::Calls& calls, ReadPool& reads,
                                                        Executor& executor);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_SERVICE_HANDLERS_H_
