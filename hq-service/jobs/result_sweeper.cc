#include "hq-service/jobs/result_sweeper.h"

#include <algorithm>

#include "hq-service/domain/staging/result_sweep.h"

namespace comptoir::hq {
namespace {

constexpr size_t kResultsPerStepMax = 500;

}  // namespace

void ResultSweeper::Acknowledged(Sequence sequence) {
  acknowledged_ = std::max(acknowledged_, sequence);
  if (!under_way_ && swept_ < acknowledged_) Step();
}

void ResultSweeper::Step() {
  const auto sweep = PlanResultSweep(context_->environment.database.latest(), channel_service_,
                                     swept_, acknowledged_, kResultsPerStepMax);
  // A later acknowledgement tries again.
  if (!sweep.ok()) return;
  under_way_ = true;
  const auto next = [weak = weak_from_this(), up_to = sweep->up_to](bool swept) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->under_way_ = false;
    if (!swept) return;
    self->swept_ = std::max(self->swept_, up_to);
    if (self->swept_ < self->acknowledged_) self->Step();
  };
  if (sweep->final_results.empty()) {
    context_->environment.executor.Post([next] { next(true); });
    return;
  }
  context_->commands.RunAndPost(
      Priority::kBulk,
      [keys = sweep->final_results](Transaction& transaction) -> absl::Status {
        for (const std::string& key : keys) transaction.Delete(Table::kFeeds, key);
        return absl::OkStatus();
      },
      [next](const absl::Status& done) { next(done.ok()); });
}

}  // namespace comptoir::hq
