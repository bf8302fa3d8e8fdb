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
absl::StatusOr<absl::Span<Arrival>> News(absl::Span<Arrival> arrivals, uint64_t held) {
  size_t known = 0;
  for (size_t i = 0; i < arrivals.size(); ++i) {
    const uint64_t sequence = arrivals[i].operation->sequence();
    if (i > 0 && sequence != arrivals[i - 1].operation->sequence() + 1) {
      return Gap(arrivals[i - 1].operation->sequence() + 1, sequence);
    }
    if (sequence <= held) {
      ++known;
    } else if (i == known && sequence != held + 1) {
      return Gap(held + 1, sequence);
    }
  }
  return arrivals.subspan(known);
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

// Its place is given when it is staged.
StagedRow NewRow(const TakenOperation& taken) {
  StagedRow row;
  *row.staged.mutable_operation() = taken.operation;
  row.staged.set_channel_service(taken.channel_service);
  row.staged.set_lineage(taken.lineage);
  *row.staged.mutable_staged_time() = taken.staged_time;
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

namespace {

// Stages operations, all at one position.
class Stager {
 public:
  explicit Stager(Transaction& transaction) : transaction_(transaction) {}

  // `repeatable`: it may have been staged before.
  absl::Status Stage(StagedRow row, bool repeatable) {
    if (!sequence_.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(sequence_, NextSequence(transaction_));
    }
    if (repeatable) {
      COMPTOIR_ASSIGN_OR_RETURN(
          const auto repeated,
          FindRepeated(transaction_, row.staged.channel_service(), row.staged.operation()));
      if (repeated.has_value()) return MoveTo(row, *repeated);
    }
    row.place = {*sequence_, static_cast<uint32_t>(difference_.staged++)};
    COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction_, nullptr, row, *sequence_));
    PutStaged(transaction_, row);
    return absl::OkStatus();
  }

  absl::Status Finish() {
    return difference_.staged == 0 ? absl::OkStatus() : AddToCounters(transaction_, difference_);
  }

 private:
  // Its result goes to the new address.
  absl::Status MoveTo(const StagedRow& row, const StagedRow& repeated) {
    StagedRow moved = repeated;
    moved.staged.set_lineage(row.staged.lineage());
    moved.staged.mutable_operation()->set_sequence(row.staged.operation().sequence());
    COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction_, &repeated, moved, *sequence_));
    ReplaceStaged(transaction_, repeated, moved);
    return absl::OkStatus();
  }

  // Constant after construction.
  Transaction& transaction_;

  std::optional<Sequence> sequence_;
  Counters difference_;
};

}  // namespace

absl::StatusOr<uint64_t> StageOperations(Transaction& transaction, const OutboxId& outbox,
                                         absl::Span<Arrival> arrivals, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(auto held, FindUploadPosition(transaction, outbox.channel_service));
  if (!held.has_value() || held->lineage() != outbox.lineage) {
    return MakeError(Reason::kLineageFenced, "This lineage isn't the one in force.",
                     {{"channel_service", outbox.channel_service}});
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto news, News(arrivals, held->position().sequence()));
  if (news.empty()) return held->position().sequence();

  Stager stager(transaction);
  COMPTOIR_ASSIGN_OR_RETURN(auto converter, ArrivalConverter::Open(transaction, news));
  const google::protobuf::Timestamp staged_time = ToTimestamp(now);
  for (Arrival& arrival : news) {
    const TakenOperation taken(*arrival.operation, outbox.channel_service, outbox.lineage,
                               staged_time);
    COMPTOIR_ASSIGN_OR_RETURN(const bool converted,
                              converter.Convert(taken, arrival.prepared, now));
    if (converted) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const bool repeatable,
                              converter.IsStaged(arrival.operation->request_id()));
    COMPTOIR_RETURN_IF_ERROR(stager.Stage(NewRow(taken), repeatable));
    converter.Staged(*arrival.operation);
  }
  COMPTOIR_RETURN_IF_ERROR(converter.Finish());
  COMPTOIR_RETURN_IF_ERROR(stager.Finish());
  COMPTOIR_ASSIGN_OR_RETURN(const auto job, ReadProgress(transaction, kUploadJob));
  if (const uint64_t run = std::max(job.owed_run(), job.executing_run()); run != 0) {
    COMPTOIR_RETURN_IF_ERROR(CountInRun(transaction, kUploadJob, run, news.size(), 0));
  }

  const uint64_t last = news.back().operation->sequence();
  *held->mutable_position() = MakePosition(outbox.epoch, Sequence(last));
  PutUploadPosition(transaction, outbox.channel_service, *held);
  return last;
}

}  // namespace comptoir::hq
