// Keeps the Link: hears of calls, probes HQ, and publishes what it believes, so that creates need
// not wait for it. (S7, S8)
//
// online(), CallEnded() and status() are thread-safe; everything else runs on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_MONITOR_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_MONITOR_H_

#include <atomic>

#include "channel-service/channel_service.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/sync/link.h"
#include "common/base/mutex.h"

namespace comptoir::channel {

class LinkMonitor : public HqLink {
 public:
  LinkMonitor(const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options,
              Alarms& alarms);

  // A refused connection takes the link down before this returns: the next create doesn't wait.
  bool online() const override { return online_; }
  void CallEnded(const absl::Status& status) override;

  struct Status {
    channel::v1::LinkState state = channel::v1::LINK_STATE_OFFLINE;
    absl::Time since;
  };
  Status status() const;

  void Start();
  void Stop();
  void ForceOffline(bool forced);
  // Another service uploads under our id: this one goes on as if it were offline.
  void SetFenced(bool fenced);
  // A stream broke, which says nothing about calls: ask HQ before the next create does.
  void Suspect();

 private:
  void Publish();
  void ScheduleProbe();
  void Probe();
  void ProbeEnded(const absl::Status& status);

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  const absl::Duration probe_timeout_;
  Alarms& alarms_;

  // Of the executor.
  Link link_;
  bool started_ = false;
  bool fenced_ = false;
  bool probing_ = false;
  TimerToken timer_;

  std::atomic<bool> online_{false};

  mutable Mutex mutex_;
  // Guarded by mutex_.
  Status status_ ABSL_GUARDED_BY(mutex_);

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_LINK_MONITOR_H_
