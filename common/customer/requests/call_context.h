// What a service knows of a call besides the request.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/priority.h"
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
  // Of what it commits while the caller waits: kAtOnce where the thread that brings the call may be
  // kept meanwhile, and brings nothing else that belongs into the same group.
  Priority priority = Priority::kInteractive;
};

// An answer of HQ with the position at which it was read: one that is older than what the stream
// has brought isn't stored. In gRPC the position is trailing metadata "comptoir-position-bin".
template <typename T>
struct HqAnswer {
  T value;
  replication::v1::Position position;
};

// Takes an answer: to hand it on doesn't move it.
template <typename T>
using Done = std::function<void(absl::StatusOr<T>&&)>;
template <typename T>
using HqDone = Done<HqAnswer<T>>;

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_CALL_CONTEXT_H_
