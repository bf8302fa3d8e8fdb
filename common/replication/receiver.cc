#include "common/replication/receiver.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir {

Receiver::Receiver(uint64_t mark)
    : received_mark_(mark), durable_mark_(mark), acknowledged_mark_(mark) {}

absl::StatusOr<bool> Receiver::Received(uint64_t first, uint64_t last) {
  if (first > received_mark_ + 1 || last < first) {
    return MakeError(
        Reason::kSequenceGap, "The batch doesn't follow on what was received before.",
        {{"expected", std::to_string(received_mark_ + 1)}, {"found", std::to_string(first)}});
  }
  if (last <= received_mark_) return false;
  received_mark_ = last;
  under_way_.push_back({last, /*durable=*/false});
  return true;
}

void Receiver::Durable(uint64_t last) {
  const auto batch = std::find_if(under_way_.begin(), under_way_.end(),
                                  [&](const Batch& other) { return other.last == last; });
  COMPTOIR_CHECK(batch != under_way_.end()) << "no batch ends at " << last;
  batch->durable = true;
  while (!under_way_.empty() && under_way_.front().durable) {
    durable_mark_ = under_way_.front().last;
    under_way_.pop_front();
  }
}

std::optional<uint64_t> Receiver::TakeAcknowledgement() {
  if (durable_mark_ == acknowledged_mark_) return std::nullopt;
  acknowledged_mark_ = durable_mark_;
  return acknowledged_mark_;
}

}  // namespace comptoir
