// The streams that are open, so that they can be ended when the service stops.
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_OPEN_STREAMS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_OPEN_STREAMS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/status/status.h"

namespace comptoir::hq {

class OpenStreams {
 public:
  using End = std::function<void(absl::Status)>;

  // `end` is called by EndAll, unless the stream was removed before. Returns its id.
  uint64_t Add(End end) {
    streams_.emplace(++last_id_, std::move(end));
    return last_id_;
  }
  void Remove(uint64_t id) { streams_.erase(id); }

  void EndAll(const absl::Status& status) {
    // Ending a stream removes it.
    while (!streams_.empty()) {
      auto stream = streams_.extract(streams_.begin());
      stream.mapped()(status);
    }
  }

 private:
  std::map<uint64_t, End> streams_;
  uint64_t last_id_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_OPEN_STREAMS_H_
