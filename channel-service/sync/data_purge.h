// Drives the purge of a database whose customer data is filtered: step after step, a command each,
// and then the rewriting of its files, beside everything else. Runs on the executor. (S9)

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_DATA_PURGE_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_DATA_PURGE_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/purge.h"

namespace comptoir::channel {

class DataPurge {
 public:
  explicit DataPurge(const ChannelServiceEnvironment& environment) : environment_(environment) {}

  void Start();
  // What is under way ends by itself.
  void Stop();
  // The filter may have come or gone.
  void Wake();

 private:
  void WakeAfter(absl::Duration delay);
  void Step();
  void Stepped(const absl::StatusOr<FilterStage>& stage);
  void Rewrite();
  void Rewritten(const absl::Status& status);
  void SubmitEnd();
  void Ended(const absl::Status& status);
  // Runs `then` on the executor with what `done` is called with, on any thread.
  template <typename T>
  std::function<void(T)> OnExecutor(void (DataPurge::*then)(const T&));

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;

  bool stopped_ = true;
  // Something is under way whose end goes on by itself.
  bool busy_ = false;
  bool waking_ = false;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_DATA_PURGE_H_
