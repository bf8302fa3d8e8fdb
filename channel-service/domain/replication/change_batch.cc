#include "channel-service/domain/replication/change_batch.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/hq_record.h"
#include "channel-service/domain/replication/offers.h"
#include "channel-service/domain/replication/removal.h"
#include "channel-service/domain/replication/settle.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/records/apply_change.h"

namespace comptoir::channel {

using replication::v1::Change;
using replication::v1::OperationResult;
using storage::v1::OutboxState;

absl::Status CheckBatch(const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    if (change.has_record()) COMPTOIR_RETURN_IF_ERROR(CheckRecordChange(change.record()));
    if (change.has_result()) COMPTOIR_RETURN_IF_ERROR(CheckResult(change.result()));
  }
  return absl::OkStatus();
}

namespace {

// A result as it may come to a database that keeps no customers: UUIDs, state and reason. (S9) It
// doesn't tell another create with the same UUID from ours, so it counts only for the operation
// whose place in the outbox it names.
absl::Status ApplyBareResult(Transaction& transaction, OperationResult result) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const auto item, FindOperation(transaction, result));
  if (!item.has_value() || item->key != KeyOfResult(state, result)) return absl::OkStatus();
  result.clear_operation();
  result.clear_records();
  return ApplyResult(transaction, result, item);
}

// The operations that the results of one batch are about, each looked for once.
class OperationsOfResults {
 public:
  // DIVERGED if one is about an operation that this database never made.
  static absl::StatusOr<OperationsOfResults> Find(const Reader& reader,
                                                  const hq::v1::ChangeBatch& batch) {
    OperationsOfResults operations;
    COMPTOIR_ASSIGN_OR_RETURN(operations.state_, ReadOutboxState(reader));
    for (const Change& change : batch.changes()) {
      if (!change.has_result()) continue;
      COMPTOIR_RETURN_IF_ERROR(operations.Find(reader, change.result()));
    }
    return operations;
  }

  // HQ cannot speak of what it doesn't hold, nor hold a later one without those before.
  absl::Status Acknowledge(Transaction& transaction) const {
    return AcknowledgeUpTo(transaction, state_.lineage(), last_);
  }

  // That of the next result of the batch. One that is settled, or that an earlier result of the
  // batch was about, is looked for again: it may be gone, and another be there.
  absl::StatusOr<std::optional<OutboxItem>> Next(const Reader& reader,
                                                 const OperationResult& result) {
    std::optional<OutboxItem> item = std::move(found_[next_++]);
    const bool first = seen_.insert(result.request_id()).second;
    if (first && item.has_value() && !IsFinal(item->entry.state())) return item;
    return FindOperation(reader, result);
  }

 private:
  absl::Status Find(const Reader& reader, const OperationResult& result) {
    COMPTOIR_ASSIGN_OR_RETURN(auto item, FindOperation(reader, result));
    COMPTOIR_ASSIGN_OR_RETURN(const bool foreign, IsForeign(reader, result, item));
    if (foreign) {
      return MakeError(Reason::kDiverged, "HQ holds operations that this database never made.");
    }
    const bool own = item.has_value() && result.lineage() == state_.lineage() &&
                     item->key == KeyOfResult(state_, result);
    if (own && IsFinal(result.state())) last_ = std::max(last_, result.sequence());
    found_.push_back(std::move(item));
    return absl::OkStatus();
  }

  OutboxState state_;
  // By result.
  std::vector<std::optional<OutboxItem>> found_;
  size_t next_ = 0;
  std::set<std::string> seen_;
  // Of those of this lineage that are settled now, the last.
  uint64_t last_ = 0;
};

// HQ leaves customers out as soon as its own configuration says so; whatever it sends, none is
// read, nor does a cursor pass over it.
absl::Status ApplyFiltered(Transaction& transaction, const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    if (change.has_result()) {
      COMPTOIR_RETURN_IF_ERROR(ApplyBareResult(transaction, change.result()));
    } else if (change.has_record() && !IsOfCustomers(change.membership())) {
      COMPTOIR_RETURN_IF_ERROR(MakeWayForConfiguration(transaction, change.record()));
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change.record()));
    }
  }
  for (const replication::v1::Cursor& cursor : batch.cursors()) {
    if (IsOfCustomers(cursor.membership())) continue;
    COMPTOIR_RETURN_IF_ERROR(AdvanceCursor(transaction, cursor));
  }
  return RemoveLostConfiguration(transaction);
}

}  // namespace

absl::Status ApplyBatch(Transaction& transaction, const hq::v1::ChangeBatch& batch) {
  COMPTOIR_ASSIGN_OR_RETURN(auto operations, OperationsOfResults::Find(transaction, batch));
  // A record that had changed again by then comes at its later place, which a restored HQ has lost,
  // and not where this reads now.
  if (batch.high_watermark().epoch_id() != 0) {
    COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, batch.high_watermark()));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  if (filter.filtered()) return ApplyFiltered(transaction, batch);
  COMPTOIR_RETURN_IF_ERROR(operations.Acknowledge(transaction));
  for (const Change& change : batch.changes()) {
    if (change.has_record()) {
      COMPTOIR_RETURN_IF_ERROR(MakeWayForConfiguration(transaction, change.record()));
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change.record()));
    } else if (change.has_result()) {
      COMPTOIR_ASSIGN_OR_RETURN(auto item, operations.Next(transaction, change.result()));
      COMPTOIR_RETURN_IF_ERROR(ApplyResult(transaction, change.result(), std::move(item)));
    }
  }
  for (const replication::v1::Cursor& cursor : batch.cursors()) {
    COMPTOIR_RETURN_IF_ERROR(AdvanceCursor(transaction, cursor));
  }
  COMPTOIR_RETURN_IF_ERROR(NoteHighWatermark(transaction, batch.high_watermark().sequence()));
  return RemoveLostConfiguration(transaction);
}

bool BringsConfiguration(const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    const auto job = change.membership().job();
    if (job == replication::v1::JOB_1070_CHANNELS || job == replication::v1::JOB_1110_GLOBAL) {
      return true;
    }
  }
  return false;
}

}  // namespace comptoir::channel
