// Calls of a store to HQ while its own caller waits: how long HQ may take, that the link hears how
// they ended, and what the caller hears if no answer comes.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CALL_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CALL_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/hq_client.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

enum class HqPatience {
  // The store has an answer of its own: HQ has `hq_answer_timeout`, and the caller's time less
  // `fallback_reserve`. (S7)
  kWithFallback,
  // Only HQ's answer will do: HQ has `hq_edit_timeout`, and all of the caller's time.
  kWithoutFallback,
};

// The caller's context with the deadline that HQ is given. Errors: DEADLINE_EXCEEDED if that has
// passed; it says nothing about HQ.
absl::StatusOr<CallContext> ContextForHq(const DomainContext& context, const CallContext& call,
                                         HqPatience patience);

template <typename Request, typename View>
using HqMethod = void (HqClient::*)(const Request&, const CallContext&, HqDone<View>);

// Calls HQ within the deadline of `call`. `done` is dropped if who asks is gone by then.
template <typename Request, typename View>
void CallHq(const DomainContext& context, const Alive& alive, HqMethod<Request, View> method,
            const Request& request, const CallContext& call, HqDone<View> done) {
  (context.environment.hq.*method)(request, call,
                                   alive.Guard([&link = context.link, done = std::move(done)](
                                                   absl::StatusOr<HqAnswer<View>> answer) {
                                     link.CallEnded(answer.status());
                                     done(std::move(answer));
                                   }));
}

absl::Status HqUnreachable();

// What who reads at HQ hears of its error: a refusal as it is, HQ_UNREACHABLE for anything else.
absl::Status RefusalOrUnreachable(const absl::Status& error);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_CALL_H_
