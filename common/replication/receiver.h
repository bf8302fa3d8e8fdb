// The receiving side of a log: which batches are news, and what may be acknowledged. Pure.
// A batch is acknowledged only when it, and all before it, are durable. Not thread-safe; owned by
// whoever owns the stream.

#ifndef COMPTOIR_COMMON_REPLICATION_RECEIVER_H_
#define COMPTOIR_COMMON_REPLICATION_RECEIVER_H_

#include <cstdint>
#include <deque>
#include <optional>

#include "absl/status/statusor.h"

namespace comptoir {

class Receiver {
 public:
  // Everything up to `mark` is held already.
  explicit Receiver(uint64_t mark = 0);

  // A batch of the marks `first` to `last` has come. True if it brings news; false if all of it is
  // held or under way. SEQUENCE_GAP if something before it is missing.
  absl::StatusOr<bool> Received(uint64_t first, uint64_t last);
  // The batch that ends at `last` is durable. REQUIRES: Received() said that it brings news; once.
  void Durable(uint64_t last);
  // What to acknowledge now, once: the highest mark up to which all is durable, if it has risen
  // since.
  std::optional<uint64_t> TakeAcknowledgement();

  uint64_t received_mark() const { return received_mark_; }
  uint64_t durable_mark() const { return durable_mark_; }

 private:
  struct Batch {
    uint64_t last;
    bool durable;
  };

  std::deque<Batch> under_way_;
  uint64_t received_mark_;
  uint64_t durable_mark_;
  uint64_t acknowledged_mark_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_REPLICATION_RECEIVER_H_
