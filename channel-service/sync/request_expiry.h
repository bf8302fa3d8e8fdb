// Forgets outcomes of requests that nobody can repeat any more, in bounded steps. (C10, S9)
// Runs on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_

#include <cstddef>

#include "absl/status/statusor.h"
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
  void Forgot(const absl::StatusOr<size_t>& forgotten);

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;

  bool running_ = false;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_REQUEST_EXPIRY_H_
