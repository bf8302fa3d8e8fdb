// What one channel service is sent next. While it lags it is read for it alone, away from the
// executor. Once it has read all there was, it follows the tail of what others read, too, and only
// its own book is looked at for it. On the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SOURCE_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/replication/encoded_message.h"
#include "hq-service/domain/feeds/feed_reader.h"
#include "hq-service/jobs/fan_out.h"

namespace comptoir::hq {

class ChangeSource {
 public:
  // The last of `cursors` is that of the channel service's own book.
  ChangeSource(FanOut& fan_out, std::vector<FeedCursor> cursors, FeedReading reading);

  const std::vector<FeedCursor>& cursors() const { return cursors_; }
  const FeedReading& reading() const { return reading_; }
  // Not all there was has been read.
  bool lags() const { return !tailing_; }
  // The cursors have passed what its reader wasn't told.
  bool moved() const { return moved_; }

  struct Batch {
    // As in FeedBatch.
    std::shared_ptr<const std::string> encoded;
    size_t changes = 0;
    bool results = false;
    std::vector<Sequence> after;
    std::optional<CustomerPlace> place = std::nullopt;
    Sequence high_watermark;
    bool at_end = false;
    // Others are sent it, too: of the own book nothing is encoded.
    bool shared = false;
  };
  // What comes after `cursors`, at least one batch; as many as `bytes_max` bytes give. On any
  // thread.
  static absl::StatusOr<std::vector<Batch>> ReadAlone(const Reader& reader,
                                                      absl::Span<const FeedCursor> cursors,
                                                      const FeedReading& reading, size_t bytes_max);
  // The same for who doesn't lag.
  absl::StatusOr<std::vector<Batch>> Next(const FanOut::Snapshot& snapshot, size_t bytes_max);
  // The cursors alone.
  Batch Standing(Sequence high_watermark) const;

  // The cursors follow: nothing in the batch is to be told, or it is sent as number so many.
  void Pass(const Batch& batch);
  EncodedMessage Send(const Batch& batch, uint64_t number);

 private:
  // None if it has to be read alone.
  absl::StatusOr<std::vector<Batch>> FollowTail(const FanOut::Snapshot& snapshot, size_t bytes_max);
  absl::StatusOr<std::optional<Batch>> NextInTail(const FanOut::Snapshot& snapshot,
                                                  const std::vector<Sequence>& at);
  absl::StatusOr<FeedLook> LookAtOwn(const FanOut::Snapshot& snapshot);

  // Constant after construction.
  const FeedReading reading_;
  const std::shared_ptr<FeedTail> tail_;

  std::vector<FeedCursor> cursors_;
  // All there was has been read.
  bool tailing_ = false;
  bool moved_ = false;
  // At the own book, and in which snapshot.
  FeedLook own_look_;
  uint64_t own_look_snapshot_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CHANGE_SOURCE_H_
