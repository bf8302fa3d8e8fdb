// Errors as messages: in a trailer of gRPC, or as one of the results that an answer holds.

#ifndef COMPTOIR_COMMON_BASE_STATUS_PROTO_H_
#define COMPTOIR_COMMON_BASE_STATUS_PROTO_H_

#include <cstddef>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace comptoir {

// An error's details travel in the trailer grpc-status-details-bin, and clients take 8 KiB of
// trailers unless they are told otherwise. Details that are longer lose first the descriptions of
// refused fields, then refused fields from the end, so that the reason always arrives.
inline constexpr size_t kStatusDetailsBytesMax = 4096;

// Longer messages are cut off.
inline constexpr size_t kStatusMessageBytesMax = 1024;

// Code, message and, as details, the payloads (google.rpc.ErrorInfo, google.rpc.BadRequest), within
// these limits.
google::rpc::Status ToProto(const absl::Status& status);

// Details become payloads again, so ReasonOf() and FieldViolationsOf() work on the result.
absl::Status FromProto(const google::rpc::Status& proto);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_STATUS_PROTO_H_
