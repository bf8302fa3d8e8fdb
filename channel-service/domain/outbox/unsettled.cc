#include "channel-service/domain/outbox/unsettled.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/outbox_keys.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/requests/names.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

// One that was put back has no sequence in this lineage: it is named with one that HQ cannot hold.
constexpr uint64_t kNoSequence = std::numeric_limits<uint64_t>::max();

channel::v1::UnsettledOperation View(const storage::v1::OutboxState& state,
                                     const OutboxItem& item) {
  const replication::v1::Operation& operation = item.entry.operation();
  channel::v1::UnsettledOperation view;
  view.set_sequence(operation.sequence());
  view.set_customer(CustomerName(CustomerId::FromBytes(operation.customer_id())));
  const std::string_view kind = OperationKind(operation);
  view.set_kind(std::string(kind.empty() ? "unknown" : kind));
  const bool staged = item.entry.state() == replication::v1::OPERATION_STATE_QUEUED &&
                      IsAcknowledged(state, item.key, operation.sequence());
  view.set_state(staged ? replication::v1::OPERATION_STATE_STAGED : item.entry.state());
  view.set_reason(item.entry.reason());
  *view.mutable_fields() = item.entry.fields();
  *view.mutable_capture_time() = operation.capture_time();
  return view;
}

}  // namespace

absl::StatusOr<channel::v1::ListUnsettledOperationsResponse> ListUnsettledOperations(
    const Reader& reader, const channel::v1::ListUnsettledOperationsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(reader));
  channel::v1::ListUnsettledOperationsResponse response;
  const auto take = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    OutboxItem item{.key = std::string(key)};
    COMPTOIR_ASSIGN_OR_RETURN(item.entry, ParseRecord<storage::v1::OutboxEntry>(value));
    if (IsFinal(item.entry.state())) return false;
    *response.add_operations() = View(state, item);
    return true;
  };
  COMPTOIR_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      ReadFilteredPage(reader, Table::kOutbox, {std::string()},
                       {.page_size = request.page_size(), .page_token = request.page_token()},
                       take));
  return response;
}

absl::StatusOr<AcknowledgedOperations> ReadAcknowledgedOperations(const Reader& reader,
                                                                  const std::string& key,
                                                                  size_t operations_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(reader));
  // What isn't acknowledged lies between the two parts that are.
  std::string begin = key;
  if (begin.empty() && state.acknowledged_sequence() == 0) begin = PutBackPrefix();
  AcknowledgedOperations acknowledged;
  std::string last;
  bool skip = false;
  do {
    skip = false;
    COMPTOIR_RETURN_IF_ERROR(VisitUnsettled(reader, begin, [&](const OutboxItem& item) {
      if (!IsAcknowledged(state, item.key, item.entry.operation().sequence())) {
        skip = true;
        begin = PutBackPrefix();
        return false;
      }
      if (acknowledged.operations.size() == operations_max) {
        acknowledged.next_key = last;
        return false;
      }
      const replication::v1::Operation& operation = item.entry.operation();
      hq::v1::UnsettledOperation& unsettled = acknowledged.operations.emplace_back();
      unsettled.set_sequence(IsPutBack(item.key) ? kNoSequence : operation.sequence());
      unsettled.set_customer_id(operation.customer_id());
      unsettled.set_request_id(operation.request_id());
      unsettled.set_request_digest(operation.request_digest());
      unsettled.set_customer_digest(operation.customer_digest());
      last = item.key;
      return true;
    }));
  } while (skip);
  return acknowledged;
}

absl::StatusOr<absl::Time> OldestUnsettled::CaptureTime(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(reader));
  uint64_t settled = 0;
  {
    MutexLock lock(mutex_);
    if (lineage_ == state.lineage()) settled = settled_sequence_;
  }
  uint64_t settled_now = state.last_sequence();
  absl::Time oldest = absl::InfiniteFuture();
  const auto take_first = [&](const OutboxItem& item) {
    const replication::v1::Operation& operation = item.entry.operation();
    oldest = std::min(oldest, FromTimestamp(operation.capture_time()));
    if (!IsPutBack(item.key)) settled_now = operation.sequence() - 1;
    return false;
  };
  COMPTOIR_RETURN_IF_ERROR(VisitUnsettled(reader, OwnKey(settled), take_first));
  COMPTOIR_RETURN_IF_ERROR(VisitUnsettled(reader, PutBackPrefix(), take_first));
  MutexLock lock(mutex_);
  // Who reads an earlier state may come later.
  if (lineage_ == state.lineage()) settled_now = std::max(settled_now, settled_sequence_);
  lineage_ = state.lineage();
  settled_sequence_ = settled_now;
  return oldest;
}

}  // namespace comptoir::channel
