#include "common/replication/sender.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir {

Sender::Sender(Options options)
    : heartbeat_interval_(options.heartbeat_interval),
      window_bytes_max_(options.window_bytes_max) {}

bool Sender::MaySend() const { return unacknowledged_bytes_ < window_bytes_max_; }

void Sender::Sent(uint64_t mark, size_t bytes, absl::Time now) {
  COMPTOIR_CHECK(mark > sent_mark_) << "mark " << mark << " after " << sent_mark_;
  sent_mark_ = mark;
  under_way_.push_back({mark, bytes});
  unacknowledged_bytes_ += bytes;
  last_sent_ = now;
}

absl::Status Sender::Acknowledged(uint64_t mark) {
  if (mark > sent_mark_) {
    return MakeError(Reason::kSequenceGap, "What was never sent was acknowledged.",
                     {{"sent", std::to_string(sent_mark_)}, {"found", std::to_string(mark)}});
  }
  acknowledged_mark_ = std::max(acknowledged_mark_, mark);
  while (!under_way_.empty() && under_way_.front().mark <= mark) {
    unacknowledged_bytes_ -= under_way_.front().bytes;
    under_way_.pop_front();
  }
  return absl::OkStatus();
}

void Sender::set_window_bytes_max(uint64_t bytes) { window_bytes_max_ = bytes; }

bool Sender::HeartbeatDue(absl::Time now) const { return now >= last_sent_ + heartbeat_interval_; }

void Sender::HeartbeatSent(absl::Time now) { last_sent_ = now; }

}  // namespace comptoir
