#include "channel-service/domain/replication/change_batch.h"

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/hq_record.h"
#include "channel-service/domain/replication/offers.h"
#include "channel-service/domain/replication/removal.h"
#include "channel-service/domain/replication/settle.h"
#include "common/base/status.h"
#include "common/customer/records/apply_change.h"

namespace comptoir::channel {

using replication::v1::Change;

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
absl::Status ApplyBareResult(Transaction& transaction, replication::v1::OperationResult result) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const auto item, FindOperation(transaction, result));
  if (!item.has_value() || item->key != KeyOfResult(state, result)) return absl::OkStatus();
  result.clear_operation();
  result.clear_records();
  return ApplyResult(transaction, result);
}

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
  for (const Change& change : batch.changes()) {
    if (!change.has_result()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const bool foreign, IsForeign(transaction, change.result()));
    if (foreign) {
      return MakeError(Reason::kDiverged, "HQ holds operations that this database never made.");
    }
  }
  // A record that had changed again by then comes at its later place, which a restored HQ has lost,
  // and not where this reads now.
  if (batch.high_watermark().epoch_id() != 0) {
    COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, batch.high_watermark()));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  if (filter.filtered()) return ApplyFiltered(transaction, batch);
  for (const Change& change : batch.changes()) {
    if (change.has_record()) {
      COMPTOIR_RETURN_IF_ERROR(MakeWayForConfiguration(transaction, change.record()));
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change.record()));
    } else if (change.has_result()) {
      COMPTOIR_RETURN_IF_ERROR(ApplyResult(transaction, change.result()));
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
