#include "hq-service/jobs/unsettled_answers.h"

#include <algorithm>

#include "common/base/status.h"
#include "hq-service/domain/staging/unsettled.h"

namespace comptoir::hq {
namespace {

constexpr size_t kOperationsPerStepMax = 256;

}  // namespace

bool UnsettledAnswers::Add(const std::vector<v1::UnsettledOperation>& operations) {
  if (waiting_.size() + operations.size() > kUnsettledWaitingMax) return false;
  waiting_.insert(waiting_.end(), operations.begin(), operations.end());
  if (started_ && !under_way_) Step();
  return true;
}

void UnsettledAnswers::Start() {
  started_ = true;
  if (!under_way_) Step();
}

void UnsettledAnswers::Step() {
  if (waiting_.empty()) return;
  under_way_ = true;
  const size_t count = std::min(waiting_.size(), kOperationsPerStepMax);
  UnsettledOperations step{.channel_service = channel_service_, .lineage = lineage_};
  step.operations.assign(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
  context_->commands.RunAndPost(
      Priority::kBulk,
      [step = std::move(step)](Transaction& transaction) -> absl::Status {
        return AnswerUnsettled(transaction, step);
      },
      [weak = weak_from_this(), count](const absl::Status& done) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        if (done.ok()) {
          self->backoff_.Reset();
          self->waiting_.erase(self->waiting_.begin(),
                               self->waiting_.begin() + static_cast<ptrdiff_t>(count));
          self->under_way_ = false;
          return self->Step();
        }
        // The queue is full for now.
        self->context_->environment.executor.RunAfter(self->backoff_.Next(), [weak] {
          if (const auto again = weak.lock()) again->Step();
        });
      });
}

}  // namespace comptoir::hq
