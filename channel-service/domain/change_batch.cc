#include "channel-service/domain/change_batch.h"

#include "channel-service/domain/cursors.h"
#include "channel-service/domain/hq_record.h"
#include "channel-service/domain/offers.h"
#include "channel-service/domain/outbox.h"
#include "channel-service/domain/settle.h"
#include "common/base/status.h"
#include "common/customer/apply_change.h"

namespace comptoir::channel {

using replication::v1::Change;

absl::Status CheckBatch(const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    if (change.has_record()) COMPTOIR_RETURN_IF_ERROR(CheckRecordChange(change.record()));
    if (change.has_result()) COMPTOIR_RETURN_IF_ERROR(CheckResult(change.result()));
  }
  return absl::OkStatus();
}

absl::Status ApplyBatch(Transaction& transaction, const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    if (!change.has_result()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const bool foreign, IsForeign(transaction, change.result()));
    if (foreign) {
      return MakeError(Reason::kDiverged, "HQ holds operations that this database never made.");
    }
  }
  for (const Change& change : batch.changes()) {
    if (change.has_record()) {
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change.record()));
    } else if (change.has_result()) {
      COMPTOIR_RETURN_IF_ERROR(ApplyResult(transaction, change.result()));
    }
  }
  for (const replication::v1::Cursor& cursor : batch.cursors()) {
    COMPTOIR_RETURN_IF_ERROR(AdvanceCursor(transaction, cursor));
  }
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
