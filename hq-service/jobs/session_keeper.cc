#include "hq-service/jobs/session_keeper.h"

#include <utility>
#include <vector>

#include "hq-service/domain/sessions.h"

namespace comptoir::hq {
namespace {

constexpr absl::Duration kKeepInterval = absl::Seconds(5);

}  // namespace

void SessionKeeper::Start() {
  if (running_) return;
  running_ = true;
  TickLater();
}

void SessionKeeper::Stop() {
  running_ = false;
  context_->environment.executor.Cancel(timer_);
}

void SessionKeeper::TickLater() {
  timer_ = context_->environment.executor.RunAfter(kKeepInterval, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self != nullptr && self->running_) self->Tick();
  });
}

void SessionKeeper::Tick() {
  TickLater();
  std::vector<EndedSession> ended = context_->sessions.EndDue();
  if (ended.empty()) return;
  // If it cannot be written it is missing: it is history only.
  context_->commands.RunAndPost(
      Priority::kBulk,
      [ended = std::move(ended)](Transaction& transaction) -> absl::Status {
        for (const EndedSession& one : ended) {
          PutSession(transaction, one.line, one.number, one.session);
        }
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
}

}  // namespace comptoir::hq
