// When a stream to HQ is opened, and opened again: at once, with jittered back-off, or slowly after
// an error that only an operator can mend; never while it is held. Runs on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_STREAM_KEEPER_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_STREAM_KEEPER_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/alive.h"
#include "common/base/backoff.h"
#include "common/base/executor.h"
#include "common/base/random.h"

namespace comptoir::channel {

// Why a stream stays closed.
enum class Hold : unsigned {
  kNotStarted = 1,
  kForcedOffline = 2,
  kNewLineage = 4,  // it is being begun: positions mean nothing until it is
};

class StreamKeeper {
 public:
  // `open` opens the stream, `close` ends it; after either, Closed is called when it is gone.
  // `tick` is called each second while it is open.
  struct Actions {
    std::function<void()> open;
    std::function<void()> close;
    std::function<void()> tick;
  };
  StreamKeeper(Executor& executor, Random& random, absl::Duration delay_max, Actions actions);

  void SetHeld(Hold hold, bool held);
  bool held() const { return holds_ != 0; }

  // The stream works: the next back-off is short again.
  void Succeeded() {
    backoff_.Reset();
    slow_backoff_.Reset();
  }
  // The stream has ended, or could not be opened.
  void Closed(const absl::Status& status);
  // HQ has answered another stream: one that only waits for HQ is opened at once, one that ended
  // with a reason when its back-off is over.
  void HqAnswers();

 private:
  void OpenAfter(absl::Duration delay);
  void Open();
  void Tick();

  // Constant after construction.
  Executor& executor_;
  const Actions actions_;

  Backoff backoff_;
  Backoff slow_backoff_;
  unsigned holds_ = static_cast<unsigned>(Hold::kNotStarted);
  bool open_ = false;
  bool waits_for_hq_ = false;
  TimerToken timer_;

  const Alive alive_;
};

// True for what goes on until an operator does something; raises its alarm, if it has one.
bool NeedsOperator(const absl::Status& status, Alarms* alarms);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_STREAM_KEEPER_H_
