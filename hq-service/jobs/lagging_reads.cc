#include "hq-service/jobs/lagging_reads.h"

#include <algorithm>

namespace comptoir::hq {

void LaggingReads::Run(Read read) {
  waiting_.push_back(std::move(read));
  if (!under_way_) Next();
}

void LaggingReads::Next() {
  while (!waiting_.empty() && !waiting_.front().wanted()) waiting_.pop_front();
  if (waiting_.empty()) return;
  under_way_ = true;
  const auto work = [self = shared_from_this(),
                     read = std::move(waiting_.front().read)](size_t bytes_max) {
    self->executor_.Post([self, take = read(bytes_max)] {
      self->under_way_ = false;
      // The next is read while this is sent.
      self->Next();
      take();
    });
  };
  const size_t bytes_max = std::max(kBytesPerTurnMax, kLaggingBytesPerTurnMax / waiting_.size());
  waiting_.pop_front();
  if (elsewhere_ == nullptr || !elsewhere_([work, bytes_max] { work(bytes_max); })) {
    executor_.Post([work] { work(kBytesPerTurnMax); });
  }
}

}  // namespace comptoir::hq
