#include "hq-service/jobs/lagging_reads.h"

namespace comptoir::hq {

void LaggingReads::Run(std::function<Take()> read) {
  waiting_.push_back(std::move(read));
  if (!under_way_) Next();
}

void LaggingReads::Next() {
  if (waiting_.empty()) return;
  under_way_ = true;
  const auto work = [self = shared_from_this(), read = std::move(waiting_.front())] {
    self->executor_.Post([self, take = read()] {
      self->under_way_ = false;
      // The next is read while this is sent.
      self->Next();
      take();
    });
  };
  waiting_.pop_front();
  if (elsewhere_ == nullptr || !elsewhere_(work)) executor_.Post(work);
}

}  // namespace comptoir::hq
