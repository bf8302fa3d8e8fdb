#include "channel-service/sync/link_monitor.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::channel {

LinkMonitor::LinkMonitor(const ChannelServiceEnvironment& environment,
                         const ChannelServiceOptions& options, Alarms& alarms)
    : environment_(environment),
      probe_timeout_(options.probe_timeout),
      alarms_(alarms),
      link_(Link::Options(), environment.random, environment.clock.Now()),
      status_{.since = link_.since()} {}

void LinkMonitor::CallEnded(const absl::Status& status) {
  const CallEnd end = ClassifyCall(status);
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    alarms_.Raise(Alarm::kUnauthenticated);
  } else if (status.ok() || IsRefusal(status)) {
    alarms_.Clear(Alarm::kUnauthenticated);
  }
  if (end == CallEnd::kUnreachable) online_ = false;
  environment_.executor.Post(alive_.Guard([this, end] {
    link_.CallEnded(end, environment_.clock.Now());
    Publish();
  }));
}

LinkMonitor::Status LinkMonitor::status() const {
  MutexLock lock(mutex_);
  return status_;
}

void LinkMonitor::Start() {
  started_ = true;
  Publish();
}

void LinkMonitor::Stop() {
  started_ = false;
  environment_.executor.Cancel(timer_);
}

void LinkMonitor::ForceOffline(bool forced) {
  link_.ForceOffline(forced, environment_.clock.Now());
  Publish();
}

void LinkMonitor::SetFenced(bool fenced) {
  if (fenced_ == fenced) return;
  fenced_ = fenced;
  Publish();
}

void LinkMonitor::Suspect() {
  if (link_.online()) Probe();
}

void LinkMonitor::Publish() {
  const bool online = link_.online() && !fenced_;
  online_ = online;
  channel::v1::LinkState state =
      online ? channel::v1::LINK_STATE_ONLINE : channel::v1::LINK_STATE_OFFLINE;
  if (link_.forced_offline()) state = channel::v1::LINK_STATE_FORCED_OFFLINE;
  bool changed = false;
  {
    MutexLock lock(mutex_);
    changed = status_.state != state;
    if (changed) status_ = {.state = state, .since = environment_.clock.Now()};
  }
  if (changed) {
    LogInfo(environment_.logger, "link changed", {{"state", channel::v1::LinkState_Name(state)}});
  }
  ScheduleProbe();
}

void LinkMonitor::ScheduleProbe() {
  environment_.executor.Cancel(timer_);
  timer_ = TimerToken();
  const auto next = link_.next_probe();
  if (!started_ || probing_ || !next.has_value()) return;
  // Clocks jump; probes don't wait for them.
  const absl::Duration delay =
      std::min(*next - environment_.clock.Now(), Link::Options().probe_interval_max);
  timer_ = environment_.executor.RunAfter(delay, alive_.Guard([this] { Probe(); }));
}

void LinkMonitor::Probe() {
  if (!started_ || probing_) return;
  probing_ = true;
  const absl::Time now = environment_.clock.Now();
  link_.ProbeStarted(now);
  environment_.hq.Probe(now + probe_timeout_,
                        alive_.GuardOn(environment_.executor,
                                       [this](const absl::Status& status) { ProbeEnded(status); }));
}

void LinkMonitor::ProbeEnded(const absl::Status& status) {
  probing_ = false;
  const absl::Time now = environment_.clock.Now();
  // A probe of a link that is up is just one more call.
  link_.CallEnded(ClassifyCall(status), now);
  link_.ProbeEnded(ClassifyCall(status), status.ok(), now);
  Publish();
}

}  // namespace comptoir::channel
