#include "cli/import/import_queue.h"

#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir::cli {

Verdict Judge(const absl::Status& status) {
  if (status.ok()) return Verdict::kDone;
  const std::optional<Reason> reason = ReasonOf(status);
  if (reason.has_value()) {
    switch (*reason) {
      case Reason::kPermissionDenied:
      case Reason::kChannelNotServed:
      case Reason::kChannelNotFound:
      case Reason::kUnauthenticated:
        return Verdict::kAbort;
      case Reason::kCustomerDataFiltered:
        return Verdict::kRetry;  // until the link is back
      default:
        return IsRefusal(*reason) ? Verdict::kReject : Verdict::kRetry;
    }
  }
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnimplemented:
      return Verdict::kAbort;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return Verdict::kReject;
    default:
      return Verdict::kRetry;
  }
}

void ImportQueue::Add(uint64_t row, customer::v1::CreateCustomerRequest request, absl::Time now) {
  COMPTOIR_CHECK(HasRoom());
  const bool added =
      rows_.emplace(row, Row{std::move(request), Backoff(random_, options_.backoff)}).second;
  COMPTOIR_CHECK(added) << "row " << row;
  due_.emplace(now, row);
}

std::optional<ImportQueue::Due> ImportQueue::TakeDue(absl::Time now) {
  if (due_.empty() || due_.begin()->first > now) return std::nullopt;
  const uint64_t row = due_.begin()->second;
  due_.erase(due_.begin());
  return Due{row, rows_.at(row).request};
}

absl::Time ImportQueue::NextDue() const {
  return due_.empty() ? absl::InfiniteFuture() : due_.begin()->first;
}

Verdict ImportQueue::Answered(uint64_t row, const absl::Status& status, absl::Time now) {
  const auto found = rows_.find(row);
  COMPTOIR_CHECK(found != rows_.end()) << "row " << row;
  const Verdict verdict = Judge(status);
  if (verdict == Verdict::kRetry) {
    ++retries_;
    last_failure_ = status;
    if (!fruitless_since_.has_value()) fruitless_since_ = now;
    due_.emplace(now + found->second.backoff.Next(), row);
    return verdict;
  }
  // A refusal too says that the service works.
  if (verdict != Verdict::kAbort) fruitless_since_.reset();
  rows_.erase(found);
  return verdict;
}

bool ImportQueue::ShouldGiveUp(absl::Time now) const {
  return fruitless_since_.has_value() && now - *fruitless_since_ >= options_.give_up_after;
}

}  // namespace comptoir::cli
