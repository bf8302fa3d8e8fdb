#include "channel-service/domain/hq_call.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::channel {

absl::StatusOr<CallContext> ContextForHq(const DomainContext& context, const CallContext& call,
                                         HqPatience patience) {
  const ChannelServiceOptions& options = context.options;
  const absl::Time now = context.environment.clock.Now();
  CallContext limited = call;
  limited.deadline =
      patience == HqPatience::kWithFallback
          ? std::min(now + options.hq_answer_timeout, call.deadline - options.fallback_reserve)
          : std::min(now + options.hq_edit_timeout, call.deadline);
  if (limited.deadline > now) return limited;
  return MakeError(Reason::kDeadlineExceeded, "The caller's deadline passed.");
}

absl::Status HqUnreachable() {
  return MakeError(Reason::kHqUnreachable, "HQ is needed and cannot be reached.");
}

absl::Status RefusalOrUnreachable(const absl::Status& error) {
  return IsRefusal(error) ? error : HqUnreachable();
}

}  // namespace comptoir::channel
