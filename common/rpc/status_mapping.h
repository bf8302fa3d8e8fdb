#ifndef COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_
#define COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_

#include <cstddef>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace comptoir::rpc {

// An error's details travel in the trailer grpc-status-details-bin, and clients take 8 KiB of
// trailers unless they are told otherwise. Details that are longer lose first the descriptions of
// refused fields, then refused fields from the end, so that the reason always arrives.
inline constexpr size_t kStatusDetailsBytesMax = 4096;

// Longer messages are cut off.
inline constexpr size_t kStatusMessageBytesMax = 1024;

// Returns the same error for the wire: code, message and a google.rpc.Status whose details are the
// payloads (google.rpc.ErrorInfo, google.rpc.BadRequest).
grpc::Status ToGrpc(const absl::Status& status);

// Returns what the peer meant. Details become payloads again, so ReasonOf() and FieldViolationsOf()
// work on the result. A status without details that we can read, such as gRPC's own, keeps code and
// message and has no reason.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_STATUS_MAPPING_H_
