#include "hq-service/jobs/customer_follower.h"

#include "common/base/status.h"
#include "hq-service/domain/feeds/customer_feeds.h"

namespace comptoir::hq {

void CustomerFollower::Start() {
  if (running_) return;
  running_ = true;
  listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
  Look();
}

void CustomerFollower::Stop() {
  running_ = false;
  context_->signal->Forget(listener_id_);
}

void CustomerFollower::Look() {
  if (!running_ || under_way_) return;
  const auto any = CustomersToFollow(context_->environment.database.latest());
  // The next commit looks again.
  if (!any.ok() || !*any) return;
  under_way_ = true;
  context_->commands.RunAndPost(
      Priority::kBulk,
      [records_max = context_->options.follow_records_max](Transaction& transaction)
          -> absl::Status { return FollowCustomers(transaction, records_max); },
      [weak = weak_from_this()](const absl::Status& done) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        if (done.ok()) {
          self->backoff_.Reset();
          self->under_way_ = false;
          return self->Look();
        }
        // The queue is full for now.
        self->context_->environment.executor.RunAfter(self->backoff_.Next(), [weak] {
          const auto again = weak.lock();
          if (again == nullptr) return;
          again->under_way_ = false;
          again->Look();
        });
      });
}

}  // namespace comptoir::hq
