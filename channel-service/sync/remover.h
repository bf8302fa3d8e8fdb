// Takes away, in bounded steps, what this service may no longer see: see
// domain/replication/removal.h. Goes on after a restart. Not thread-safe; lives on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_REMOVER_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_REMOVER_H_

#include "channel-service/channel_service.h"
#include "channel-service/domain/alive.h"

namespace comptoir::channel {

class Remover {
 public:
  Remover(const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options)
      : environment_(environment), options_(options) {}

  void Start();
  void Stop() { running_ = false; }

  // Looks whether there is anything to do.
  void Wake();

 private:
  void Stepped(const absl::Status& status);

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  const ChannelServiceOptions& options_;

  bool running_ = false;
  bool under_way_ = false;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_REMOVER_H_
