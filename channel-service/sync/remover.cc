#include "channel-service/sync/remover.h"

#include "channel-service/domain/replication/removal.h"
#include "common/base/status.h"

namespace comptoir::channel {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(1);

}  // namespace

void Remover::Start() {
  running_ = true;
  Wake();
}

void Remover::Wake() {
  if (!running_ || under_way_) return;
  const auto left = IsRemovalLeft(environment_.database.latest());
  // The next change looks again.
  if (!left.ok() || !*left) return;
  under_way_ = true;
  environment_.submitter.Submit(
      Priority::kBulk,
      [records_max = options_.removal_records_max](Transaction& transaction) {
        return RemovalStep(transaction, records_max);
      },
      alive_.GuardOn(environment_.executor,
                     [this](const absl::Status& status) { Stepped(status); }));
}

void Remover::Stepped(const absl::Status& status) {
  under_way_ = false;
  if (status.ok()) return Wake();
  // The queue is full for now.
  environment_.executor.RunAfter(kRetryDelay, alive_.Guard([this] { Wake(); }));
}

}  // namespace comptoir::channel
