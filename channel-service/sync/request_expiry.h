// Forgets outcomes of edits that nobody repeats any more, in bounded steps; those that are
// unsettled are found in the outbox as well. (C10) Not thread-safe; lives on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_

#include "absl/time/time.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/alive.h"

namespace comptoir::channel {

class RequestExpiry {
 public:
  explicit RequestExpiry(const ChannelServiceEnvironment& environment)
      : environment_(environment) {}

  void Start();
  void Stop() { running_ = false; }

 private:
  void StepAfter(absl::Duration delay);
  void Step();

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;

  bool running_ = false;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_
