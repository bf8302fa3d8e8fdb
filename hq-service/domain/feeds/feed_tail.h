// The latest batches of feeds that several read, encoded, so that they are read and encoded once
// for all who have read everything before. Bounded: who lags further reads by itself. While all are
// woken it holds what the first of them were sent, for the last; of what was before that, little.
//
// A reader is at a place of this tail only if it came there by reading all there was at some
// snapshot; so what it gets here was never read before what it has.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_TAIL_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_TAIL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/feeds/feed_reader.h"

namespace comptoir::hq {

// Not thread-safe.
class FeedTail {
 public:
  // Of `cursors` the memberships count, not where they stand.
  FeedTail(std::vector<FeedCursor> cursors, FeedReading reading)
      : cursors_(std::move(cursors)), reading_(std::move(reading)) {}

  struct Next {
    // Whether the reader's place is one of this tail's.
    bool known = false;
    // Null at the end of what the snapshot gives.
    std::shared_ptr<const FeedBatch> batch;
    // Nothing follows it there.
    bool last = false;
  };
  // What follows `place`, by cursor. `snapshot` numbers what `reader` reads, and rises.
  absl::StatusOr<Next> After(const std::vector<Sequence>& place, const Reader& reader,
                             uint64_t snapshot);
  // All are woken anew: most have been sent what is here.
  void KeepLittle();

 private:
  struct Step {
    std::vector<Sequence> from;
    std::shared_ptr<const FeedBatch> batch;
  };

  bool IsBeyondEnd(const std::vector<Sequence>& place) const;
  // Reads on from the end until `place` isn't beyond it, or begins anew there.
  absl::Status CatchUp(const std::vector<Sequence>& place, const Reader& reader, uint64_t snapshot);
  // Reads on from the end. Returns how many bytes it was.
  absl::StatusOr<size_t> Extend(const Reader& reader, uint64_t snapshot);
  void Trim(size_t bytes_max);

  // Constant after construction but for where the cursors stand.
  std::vector<FeedCursor> cursors_;
  const FeedReading reading_;

  // Each begins where the one before it ends.
  std::deque<Step> steps_;
  size_t bytes_ = 0;
  // Where the last one ends; empty: nowhere yet.
  std::vector<Sequence> end_;
  // All of this has been read.
  uint64_t read_snapshot_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_TAIL_H_
