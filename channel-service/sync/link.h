// The channel's belief about HQ. Pure: outcomes and time come in, a state comes out. (S7, S8)
//
// A refused or broken connection takes the link down at once, three unanswered calls in a row too;
// whatever HQ itself answers doesn't count. While it is down, and not forced, it is probed with
// jitter, a few times a second; a successful probe brings it up. Stream heartbeats say nothing
// about unary calls, nor the reverse. Not thread-safe; owned by the loop.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_H_

#include <optional>

#include "absl/time/time.h"
#include "channel-service/domain/hq_client.h"
#include "common/base/random.h"

namespace comptoir::channel {

class Link {
 public:
  struct Options {
    int unanswered_calls_max = 3;
    absl::Duration probe_interval_max = absl::Milliseconds(250);
  };

  // Down at first: HQ hasn't been heard yet; the first probe is due at once.
  Link(Options options, Random& random, absl::Time now);

  bool online() const { return online_ && !forced_offline_; }
  bool forced_offline() const { return forced_offline_; }
  absl::Time since() const { return since_; }

  void CallEnded(CallEnd end, absl::Time now);
  // The time at which to probe next; nothing while online or forced offline.
  std::optional<absl::Time> next_probe() const;
  void ProbeStarted(absl::Time now);
  void ProbeEnded(CallEnd end, bool serving, absl::Time now);
  void ForceOffline(bool forced, absl::Time now);

 private:
  void Set(bool online, absl::Time now);
  void ScheduleProbe(absl::Time now);

  // Constant after construction.
  const Options options_;
  Random& random_;

  bool online_ = false;
  bool forced_offline_ = false;
  int unanswered_in_a_row_ = 0;
  absl::Time since_;
  absl::Time next_probe_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_H_
