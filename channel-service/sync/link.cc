#include "channel-service/sync/link.h"

#include <algorithm>

namespace comptoir::channel {

Link::Link(Options options, Random& random, absl::Time now)
    : options_(options), random_(random), since_(now), next_probe_(now) {}

void Link::CallEnded(CallEnd end, absl::Time now) {
  if (!online_) return;
  switch (end) {
    case CallEnd::kAnswered:
      unanswered_in_a_row_ = 0;
      return;
    case CallEnd::kUnreachable:
      return Set(false, now);
    case CallEnd::kUnanswered:
      if (++unanswered_in_a_row_ >= options_.unanswered_calls_max) Set(false, now);
      return;
  }
}

std::optional<absl::Time> Link::next_probe() const {
  if (online_ || forced_offline_) return std::nullopt;
  return next_probe_;
}

void Link::ProbeStarted(absl::Time now) { ScheduleProbe(now); }

void Link::ProbeEnded(CallEnd end, bool serving, absl::Time now) {
  if (end == CallEnd::kAnswered && serving && !forced_offline_) Set(true, now);
}

void Link::ForceOffline(bool forced, absl::Time now) {
  if (forced == forced_offline_) return;
  // What was believed before says nothing about HQ after a drill.
  Set(false, now);
  forced_offline_ = forced;
  next_probe_ = now;
}

void Link::Set(bool online, absl::Time now) {
  if (online == online_) return;
  online_ = online;
  since_ = now;
  unanswered_in_a_row_ = 0;
  if (!online) ScheduleProbe(now);
}

// Between half of the interval and all of it, so that stores which lost HQ together don't return
// together.
void Link::ScheduleProbe(absl::Time now) {
  next_probe_ = now + options_.probe_interval_max * (0.5 + random_.Fraction() / 2);
}

}  // namespace comptoir::channel
