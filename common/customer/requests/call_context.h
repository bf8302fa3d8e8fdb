// What a service knows of a call besides the request.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir {

struct CallContext {
  // The caller's language, from request metadata accept-language; "en" if it names none that we
  // have.
  std::string language = "en";
  // When the caller stops waiting.
  absl::Time deadline = absl::InfiniteFuture();
  // The identity in the caller's credential; its network address while it has none.
  std::string caller;
};

// An answer of HQ with the position at which it was read: one that is older than what the stream
// has brought isn't stored. In gRPC the position is trailing metadata "comptoir-position-bin".
template <typename T>
struct HqAnswer {
  T value;
  replication::v1::Position position;
};

template <typename T>
using Done = std::function<void(absl::StatusOr<T>)>;
template <typename T>
using HqDone = std::function<void(absl::StatusOr<HqAnswer<T>>)>;

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_
