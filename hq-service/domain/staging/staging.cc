#include "hq-service/domain/staging/staging.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/staging/results.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;

absl::Status Gap(uint64_t expected, uint64_t found) {
  return MakeError(Reason::kSequenceGap, "An operation was left out.",
                   {{"expected", std::to_string(expected)}, {"found", std::to_string(found)}});
}

// The operations after `held`, which must follow each other.
absl::StatusOr<std::vector<const Operation*>> News(const v1::OperationBatch& batch, uint64_t held) {
  std::vector<const Operation*> news;
  std::optional<uint64_t> last;
  for (const Operation& operation : batch.operations()) {
    const uint64_t sequence = operation.sequence();
    if (last.has_value() && sequence != *last + 1) return Gap(*last + 1, sequence);
    last = sequence;
    if (sequence <= held) continue;
    if (sequence != held + news.size() + 1) return Gap(held + news.size() + 1, sequence);
    news.push_back(&operation);
  }
  return news;
}

// The same request, staged by the same channel service before.
absl::StatusOr<std::optional<StagedRow>> FindRepeated(const Reader& reader,
                                                      std::string_view channel_service,
                                                      const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, StagedOfRequest(reader, operation.request_id()));
  for (StagedRow& row : rows) {
    const Operation& staged = row.staged.operation();
    if (row.staged.channel_service() == channel_service &&
        staged.customer_id() == operation.customer_id() &&
        staged.customer_digest() == operation.customer_digest() &&
        staged.request_digest() == operation.request_digest() &&
        staged.kind_case() == operation.kind_case()) {
      return std::move(row);
    }
  }
  return std::nullopt;
}

StagedRow NewRow(const OutboxId& outbox, const Operation& operation, StagedPlace place,
                 absl::Time now) {
  StagedRow row{.place = place, .queue = StagedQueue::kReady};
  *row.staged.mutable_operation() = operation;
  row.staged.set_channel_service(outbox.channel_service);
  row.staged.set_lineage(outbox.lineage);
  *row.staged.mutable_staged_time() = ToTimestamp(now);
  row.staged.set_state(replication::v1::OPERATION_STATE_STAGED);
  return row;
}

}  // namespace

absl::Status EnterResult(Transaction& transaction, const StagedRow* old, StagedRow& row,
                         Sequence sequence) {
  if (old != nullptr) COMPTOIR_RETURN_IF_ERROR(LeaveResult(transaction, *old, sequence));
  row.staged.set_feed_sequence(sequence.value());
  const Operation& operation = row.staged.operation();
  // Nobody could be told: no channel service makes such ids.
  if (!IdOfBytes(operation.customer_id()).has_value() ||
      !IdOfBytes(operation.request_id()).has_value()) {
    return absl::OkStatus();
  }
  PutResultEntry(transaction, row.staged.channel_service(), sequence, ResultOf(row.staged));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> StageOperations(Transaction& transaction, const OutboxId& outbox,
                                         const v1::OperationBatch& batch, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(auto held, FindUploadPosition(transaction, outbox.channel_service));
  if (!held.has_value() || held->lineage() != outbox.lineage) {
    return MakeError(Reason::kLineageFenced, "This lineage isn't the one in force.",
                     {{"channel_service", outbox.channel_service}});
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto news, News(batch, held->position().sequence()));
  if (news.empty()) return held->position().sequence();

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  Counters difference;
  for (const Operation* operation : news) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto repeated,
                              FindRepeated(transaction, outbox.channel_service, *operation));
    if (repeated.has_value()) {
      StagedRow row = *repeated;
      row.staged.set_lineage(outbox.lineage);
      row.staged.mutable_operation()->set_sequence(operation->sequence());
      COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &*repeated, row, sequence));
      ReplaceStaged(transaction, *repeated, row);
      continue;
    }
    const StagedPlace place{sequence, static_cast<uint32_t>(difference.staged)};
    StagedRow row = NewRow(outbox, *operation, place, now);
    COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, nullptr, row, sequence));
    PutStaged(transaction, row);
    ++difference.staged;
  }
  COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, difference));
  COMPTOIR_ASSIGN_OR_RETURN(const auto job, ReadProgress(transaction, kUploadJob));
  if (const uint64_t run = std::max(job.owed_run(), job.executing_run()); run != 0) {
    COMPTOIR_RETURN_IF_ERROR(CountInRun(transaction, kUploadJob, run, news.size(), 0));
  }

  const uint64_t last = news.back()->sequence();
  *held->mutable_position() = MakePosition(outbox.epoch, Sequence(last));
  PutUploadPosition(transaction, outbox.channel_service, *held);
  return last;
}

}  // namespace comptoir::hq
