#include "hq-service/domain/feeds/feed_tail.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::hq {
namespace {

constexpr size_t kTailBytesMax = 1 << 20;
constexpr size_t kTailStepsMax = 1024;
constexpr size_t kKeptBytesMax = 64 << 10;
// Read together.
constexpr size_t kExtendBytes = 64 << 10;

}  // namespace

absl::StatusOr<FeedTail::Next> FeedTail::After(const std::vector<Sequence>& place,
                                               const Reader& reader, uint64_t snapshot) {
  if (end_.empty()) end_ = place;
  if (IsBeyondEnd(place)) COMPTOIR_RETURN_IF_ERROR(CatchUp(place, reader, snapshot));
  if (end_ == place && read_snapshot_ < snapshot) {
    COMPTOIR_RETURN_IF_ERROR(Extend(reader, snapshot).status());
  }
  const auto step = std::find_if(steps_.rbegin(), steps_.rend(),
                                 [&](const Step& each) { return each.from == place; });
  if (step == steps_.rend()) return Next{.known = end_ == place, .last = true};
  const bool last = read_snapshot_ >= snapshot && step->batch->after == end_;
  return Next{.known = true, .batch = step->batch, .last = last};
}

bool FeedTail::IsBeyondEnd(const std::vector<Sequence>& place) const {
  for (size_t i = 0; i < place.size(); ++i) {
    if (place[i] > end_[i]) return true;
  }
  return false;
}

// Who has read further than all here read by itself, or this is no tail of anybody's any more.
absl::Status FeedTail::CatchUp(const std::vector<Sequence>& place, const Reader& reader,
                               uint64_t snapshot) {
  for (size_t bytes = 0; read_snapshot_ < snapshot && IsBeyondEnd(place);) {
    COMPTOIR_ASSIGN_OR_RETURN(const size_t more, Extend(reader, snapshot));
    bytes += more;
    if (bytes < kTailBytesMax) continue;
    steps_.clear();
    bytes_ = 0;
    end_ = place;
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> FeedTail::Extend(const Reader& reader, uint64_t snapshot) {
  for (size_t i = 0; i < cursors_.size(); ++i) cursors_[i].after = end_[i];
  COMPTOIR_ASSIGN_OR_RETURN(auto batches, ReadFeeds(reader, cursors_, reading_, kExtendBytes));
  size_t bytes = 0;
  for (FeedBatch& batch : batches) {
    if (batch.at_end) read_snapshot_ = snapshot;
    if (batch.after == end_) continue;
    bytes += batch.encoded->size();
    std::vector<Sequence> from = std::exchange(end_, batch.after);
    steps_.push_back({std::move(from), std::make_shared<const FeedBatch>(std::move(batch))});
  }
  bytes_ += bytes;
  Trim(kTailBytesMax);
  return bytes;
}

void FeedTail::KeepLittle() { Trim(kKeptBytesMax); }

void FeedTail::Trim(size_t bytes_max) {
  while (bytes_ > bytes_max || steps_.size() > kTailStepsMax) {
    bytes_ -= steps_.front().batch->encoded->size();
    steps_.pop_front();
  }
}

}  // namespace comptoir::hq
