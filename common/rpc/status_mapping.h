#ifndef COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_
#define COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace comptoir::rpc {

// Returns the same error for the wire: code, message and, in the trailer, the google.rpc.Status
// of common/base/status_proto.h if there are payloads.
grpc::Status ToGrpc(const absl::Status& status);

// Returns what the peer meant. Details become payloads again, so ReasonOf() and FieldViolationsOf()
// work on the result. A status without details that we can read, such as gRPC's own, keeps code and
// message and has no reason.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_
