// The sending side of a log: how much may be under way. Pure: what was sent, what was acknowledged
// and the time come in; whether to send more, and whether a heartbeat is due, come out. The same
// for outboxes going up and feeds coming down. Not thread-safe; owned by whoever owns the stream.

#ifndef COMPTOIR_COMMON_REPLICATION_SENDER_H_
#define COMPTOIR_COMMON_REPLICATION_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace comptoir {

class Sender {
 public:
  struct Options {
    // Bytes of unacknowledged batches; one batch always fits, however large.
    uint64_t window_bytes_max = 1 << 20;
    absl::Duration heartbeat_interval = absl::Seconds(1);
  };

  explicit Sender(Options options);

  // True while the window is open. A window of zero is a pause.
  bool MaySend() const;
  // A batch was handed to the stream. `mark` rises strictly: a sequence or the number of the batch.
  void Sent(uint64_t mark, size_t bytes, absl::Time now);
  // The peer holds durably everything up to `mark`. SEQUENCE_GAP if that was never sent; an older
  // one is no news.
  absl::Status Acknowledged(uint64_t mark);
  void set_window_bytes_max(uint64_t bytes);

  bool HeartbeatDue(absl::Time now) const;
  void HeartbeatSent(absl::Time now);

  uint64_t unacknowledged_bytes() const { return unacknowledged_bytes_; }
  uint64_t acknowledged_mark() const { return acknowledged_mark_; }

 private:
  struct Batch {
    uint64_t mark;
    size_t bytes;
  };

  // Constant after construction.
  const absl::Duration heartbeat_interval_;

  uint64_t window_bytes_max_;
  std::deque<Batch> under_way_;
  uint64_t unacknowledged_bytes_ = 0;
  uint64_t sent_mark_ = 0;
  uint64_t acknowledged_mark_ = 0;
  absl::Time last_sent_ = absl::InfinitePast();
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_REPLICATION_SENDER_H_
