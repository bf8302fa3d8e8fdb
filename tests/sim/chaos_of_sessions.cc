// People pause what moves between HQ and a channel service, and let it go on.

#include "absl/strings/str_cat.h"
#include "tests/sim/chaos_impl.h"

namespace comptoir::sim {

void Chaos::PauseSession() {
  if (!hq_.up()) return;
  const std::string session =
      absl::StrCat("channelServices/", AnyChannel().options().id,
                   random_.OneIn(2) ? "/uploadSessions/current" : "/downloadSessions/current");
  context_.Count(Fault::kSessionPaused);
  paused_sessions_.insert(session);
  hq::v1::CancelSessionRequest request;
  request.set_name(session);
  // Whether it was done is seen at HQ, whatever is answered.
  Administer(request, [](const absl::StatusOr<hq::v1::Session>&) {});
  context_.scheduler().After(Between(random_, absl::Milliseconds(100), absl::Seconds(5)), kWorld,
                             [this, session] {
                               if (!healing_) OrderRerun(session);
                             });
}

void Chaos::RerunSessions() {
  for (const std::string& session : paused_sessions_) OrderRerun(session);
}

}  // namespace comptoir::sim
