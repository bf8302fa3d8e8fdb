// The reading end of a stream whose inside, the core, may live longer: answers of commands that it
// has submitted still come when the stream is gone.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CORE_READER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CORE_READER_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "common/replication/stream.h"

namespace comptoir::hq {

// Core has OnMessage(Message), and Close() that may be called more than once.
template <typename Message, typename Core>
class CoreReader : public StreamReader<Message> {
 public:
  explicit CoreReader(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~CoreReader() override { core_->Close(); }

  void OnMessage(Message message) override {
    const auto core = core_;  // ending the stream may destroy this
    core->OnMessage(std::move(message));
  }
  void OnClosed(absl::Status) override { core_->Close(); }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CORE_READER_H_
