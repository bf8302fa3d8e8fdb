#include "hq-service/domain/feeds/feed_tail.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::hq {
namespace {

constexpr size_t kTailBytesMax = 64 << 10;
constexpr size_t kTailStepsMax = 64;

}  // namespace

absl::StatusOr<FeedTail::Next> FeedTail::After(const std::vector<Sequence>& place,
                                               const Reader& reader, uint64_t snapshot) {
  if (end_.empty()) end_ = place;
  const auto find = [&] {
    return std::find_if(steps_.rbegin(), steps_.rend(),
                        [&](const Step& step) { return step.from == place; });
  };
  auto step = find();
  if (step == steps_.rend() && read_snapshot_ < snapshot) {
    const bool at_end = end_ == place;
    COMPTOIR_RETURN_IF_ERROR(Extend(reader, snapshot));
    if (!at_end) {
      // Nobody has read here for long: it begins anew with the next reader.
      if (read_snapshot_ < snapshot) Clear();
      return Next();
    }
    step = find();
  }
  if (step == steps_.rend()) return Next{.known = end_ == place, .last = true};
  const bool last = read_snapshot_ >= snapshot && step->batch->after == end_;
  return Next{.known = true, .batch = step->batch, .last = last};
}

absl::Status FeedTail::Extend(const Reader& reader, uint64_t snapshot) {
  for (size_t i = 0; i < cursors_.size(); ++i) cursors_[i].after = end_[i];
  COMPTOIR_ASSIGN_OR_RETURN(auto batches, ReadFeeds(reader, cursors_, reading_, 0));
  for (FeedBatch& batch : batches) {
    if (batch.at_end) read_snapshot_ = snapshot;
    if (batch.after == end_) continue;
    bytes_ += batch.encoded->size();
    std::vector<Sequence> from = std::exchange(end_, batch.after);
    steps_.push_back({std::move(from), std::make_shared<const FeedBatch>(std::move(batch))});
  }
  Trim();
  return absl::OkStatus();
}

void FeedTail::Clear() {
  steps_.clear();
  bytes_ = 0;
  end_.clear();
}

void FeedTail::Trim() {
  while (bytes_ > kTailBytesMax || steps_.size() > kTailStepsMax) {
    bytes_ -= steps_.front().batch->encoded->size();
    steps_.pop_front();
  }
}

}  // namespace comptoir::hq
