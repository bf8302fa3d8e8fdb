#include "channel-service/domain/hq_client.h"

#include "common/base/status.h"

namespace comptoir::channel {

CallEnd ClassifyCall(const absl::Status& status) {
  if (ReasonOf(status).has_value()) return CallEnd::kAnswered;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return CallEnd::kUnreachable;
    case absl::StatusCode::kDeadlineExceeded:
      return CallEnd::kUnanswered;
    default:
      return CallEnd::kAnswered;
  }
}

}  // namespace comptoir::channel
