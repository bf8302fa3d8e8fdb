#include "hq-service/domain/conversion/conversion.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/conversion/number_queue.h"
#include "hq-service/domain/conversion/staged_correction.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/customers/new_address.h"
#include "hq-service/domain/recovery/adoption.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staging.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;

constexpr absl::Duration kFirstRetryDelay = absl::Seconds(1);
constexpr double kRetryDelayGrowth = 4;

absl::StatusOr<StoredCustomer> ConvertCreate(Transaction& transaction, const StagedRow& row,
                                             const PreparedCustomer& prepared,
                                             const NextNumber& number, absl::Time now) {
  const Operation& operation = row.staged.operation();
  // One that another channel service delivered may have been refused before.
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  TakeNumber(transaction, number);
  COMPTOIR_ASSIGN_OR_RETURN(StoredCustomer stored,
                            StoreNewCustomer(transaction,
                                             {.prepared = prepared,
                                              .request_digest = operation.request_digest(),
                                              .create_time = operation.capture_time(),
                                              .account_number = number.text},
                                             sequence, now));
  const Outcome outcome{.customer = prepared.id};
  COMPTOIR_RETURN_IF_ERROR(SettleMerged(transaction, row, paths, outcome, sequence, now));
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, outcome, sequence, now));
  PutWarnings(transaction, row, prepared.id, prepared.warnings, sequence, now);
  return stored;
}

// Adds the address to the customer that the outcome names.
absl::Status ConvertAddress(Transaction& transaction, const StagedRow& row,
                            const PreparedAddress& prepared, const Outcome& outcome,
                            absl::Time now) {
  const Operation& operation = row.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, outcome.customer));
  if (!customer.has_value()) {
    return MakeError(Reason::kStorageCorrupt, "The customer of an address is missing.");
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_RETURN_IF_ERROR(StoreNewAddress(transaction, *customer,
                                           {.prepared = prepared,
                                            .request_digest = operation.request_digest(),
                                            .create_time = operation.capture_time()},
                                           sequence, now)
                               .status());
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, outcome, sequence, now));
  PutWarnings(transaction, row, outcome.customer, prepared.warnings, sequence, now);
  return absl::OkStatus();
}

absl::Status ConvertEdit(Transaction& transaction, const StagedRow& row, const Decision& decision,
                         absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_RETURN_IF_ERROR(StoreMergedEdit(transaction, row, *decision.edit, sequence, now));
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, decision.outcome, sequence, now));
  PutWarnings(transaction, row, decision.outcome.customer, decision.edit->warnings, sequence, now);
  return absl::OkStatus();
}

absl::Status Convert(Transaction& transaction, const StagedRow& row,
                     const PreparedOperation& prepared, const Decision& decision, absl::Time now) {
  if (decision.edit.has_value()) return ConvertEdit(transaction, row, decision, now);
  if (const auto* const customer = std::get_if<PreparedCustomer>(&prepared)) {
    return ConvertCreate(transaction, row, *customer, *decision.number, now).status();
  }
  return ConvertAddress(transaction, row, std::get<PreparedAddress>(prepared), decision.outcome,
                        now);
}

absl::Duration RetryDelay(uint32_t tries, double jitter, const ConversionOptions& options) {
  absl::Duration limit = kFirstRetryDelay;
  for (uint32_t i = 1; i < tries && limit < options.retry_delay_max; ++i) {
    limit *= kRetryDelayGrowth;
  }
  return std::min(limit, options.retry_delay_max) * (0.5 + jitter / 2);
}

void SetReason(storage::v1::StagedOperation& staged, const absl::Status& reason) {
  const auto known = ReasonOf(reason);
  staged.set_reason(known.has_value() ? std::string(ReasonName(*known)) : "");
  staged.clear_fields();
  for (const FieldViolation& violation : FieldViolationsOf(reason)) {
    staged.add_fields(violation.field);
  }
}

// Where an operation waits for what its verdict says.
StagedQueue QueueOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kWaitForNumber:
      return StagedQueue::kNumber;
    case Verdict::kWaitForCustomer:
      return StagedQueue::kCustomer;
    case Verdict::kWaitBehind:
      return StagedQueue::kBehind;
    default:
      return StagedQueue::kRetry;
  }
}

// Keeps the operation staged, in the state that the decision says.
absl::Status Postpone(Transaction& transaction, const StagedRow& row, const Decision& decision,
                      const ConversionCandidate& candidate, absl::Time now,
                      const ConversionOptions& options) {
  StagedRow postponed = row;
  auto& staged = postponed.staged;
  SetReason(staged, decision.reason);
  staged.set_state(replication::v1::OPERATION_STATE_WAITING);
  if (decision.verdict == Verdict::kRefuse || decision.verdict == Verdict::kKeep) {
    staged.set_tries(staged.tries() + 1);
  }
  const bool keep = decision.verdict == Verdict::kKeep ||
                    (decision.verdict == Verdict::kRefuse &&
                     staged.tries() >= static_cast<uint32_t>(options.operation_tries_max));
  if (keep) {
    postponed.queue = StagedQueue::kKept;
    staged.set_state(replication::v1::OPERATION_STATE_REFUSED);
  } else if (const StagedQueue queue = QueueOf(decision.verdict); queue != StagedQueue::kRetry) {
    // Told once: while it waits here nothing is written.
    if (row.queue == queue) return absl::OkStatus();
    postponed.queue = queue;
  } else {
    postponed.queue = StagedQueue::kRetry;
    const absl::Duration delay = decision.verdict == Verdict::kWait
                                     ? options.retry_delay_max * (0.5 + candidate.jitter / 2)
                                     : RetryDelay(staged.tries(), candidate.jitter, options);
    postponed.due = now + delay;
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &row, postponed, sequence));
  ReplaceStaged(transaction, row, postponed);
  if (!keep) return absl::OkStatus();
  if (const Operation& operation = staged.operation(); operation.has_create_customer()) {
    COMPTOIR_RETURN_IF_ERROR(
        WakeWaitingEdits(transaction, operation.customer_id(), operation.request_digest()));
  }
  return AddToCounters(transaction, {.refused = 1});
}

// Those that wait for the same customer, which this one has found.
absl::Status WakeOthers(Transaction& transaction, const Operation& operation) {
  if (operation.has_create_customer()) return absl::OkStatus();
  return WakeWaiting(transaction, operation.customer_id(), operation.customer_digest());
}

absl::Status ConvertCandidate(Transaction& transaction, const ConversionCandidate& candidate,
                              absl::Time now, const ConversionOptions& options,
                              ConversionOutcome& outcome) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(transaction, candidate.place));
  // Settled, or refused for good, or part of its create, since the plan was made.
  if (!row.has_value() || row->queue == StagedQueue::kKept || row->queue == StagedQueue::kMerged) {
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Decision decision,
                            DecideOperation(transaction, *row, candidate.prepared, now));
  const Operation& operation = row->staged.operation();
  switch (decision.verdict) {
    case Verdict::kConvert:
      ++outcome.applied;
      COMPTOIR_RETURN_IF_ERROR(Convert(transaction, *row, *candidate.prepared, decision, now));
      return WakeOthers(transaction, operation);
    case Verdict::kSettle: {
      ++outcome.applied;
      COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
      COMPTOIR_RETURN_IF_ERROR(TakeAddressesOfCreate(transaction, operation, sequence, now));
      COMPTOIR_RETURN_IF_ERROR(SettleStaged(transaction, *row, decision.outcome, sequence, now));
      if (operation.has_create_customer()) return ReleaseMerged(transaction, operation);
      return WakeOthers(transaction, operation);
    }
    case Verdict::kMerge: {
      ++outcome.waiting;
      COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
      return MergeIntoCreate(transaction, *row, *decision.create, sequence);
    }
    case Verdict::kRefuse:
    case Verdict::kKeep:
      ++outcome.refused;
      // What is wrong with it holds up no other.
      COMPTOIR_RETURN_IF_ERROR(WakeOthers(transaction, operation));
      break;
    case Verdict::kWaitBehind:
      ++outcome.waiting;
      COMPTOIR_RETURN_IF_ERROR(WakeOthers(transaction, operation));
      break;
    case Verdict::kWaitForNumber:
    case Verdict::kWaitForCustomer:
    case Verdict::kWait:
      ++outcome.waiting;
      break;
  }
  return Postpone(transaction, *row, decision, candidate, now, options);
}

}  // namespace

absl::StatusOr<std::vector<ConversionCandidate>> PlanConversion(const Reader& reader,
                                                                absl::Time now,
                                                                const ConversionOptions& options,
                                                                Random& random) {
  // It is asked after every commit.
  COMPTOIR_ASSIGN_OR_RETURN(const Counters counters, ReadCounters(reader));
  if (counters.staged == 0) return std::vector<ConversionCandidate>();
  std::vector<StagedQueue> queues = {StagedQueue::kAsked};
  if (options.staged_by.has_value()) {
    for (const StagedQueue queue :
         {StagedQueue::kRetry, StagedQueue::kNumber, StagedQueue::kReady}) {
      queues.push_back(queue);
    }
  }

  std::vector<ConversionCandidate> candidates;
  CapturingChannels channels(reader);
  for (const StagedQueue queue : queues) {
    const size_t places_max = options.operations_max - candidates.size();
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto places, queue == StagedQueue::kNumber
                               ? NumberedNow(reader, places_max)
                               : QueuedPlaces(reader, queue, options.staged_by.value_or(Sequence()),
                                              now, options.retry_delay_max, places_max));
    for (const StagedPlace& place : places) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, place));
      if (!row.has_value()) {
        return MakeError(Reason::kStorageCorrupt, "A queued operation is missing.");
      }
      candidates.push_back(
          {.place = place,
           .prepared = PrepareOperation(reader, channels, row->staged.operation(), now),
           .jitter = random.Fraction()});
    }
    if (candidates.size() == options.operations_max) break;
  }
  return candidates;
}

absl::StatusOr<ConversionOutcome> ConvertOperations(
    Transaction& transaction, const std::vector<ConversionCandidate>& candidates, absl::Time now,
    const ConversionOptions& options) {
  ConversionOutcome outcome;
  for (const ConversionCandidate& candidate : candidates) {
    COMPTOIR_RETURN_IF_ERROR(ConvertCandidate(transaction, candidate, now, options, outcome));
  }
  if (options.run != 0) {
    const uint64_t records = outcome.applied + outcome.refused + outcome.waiting;
    COMPTOIR_RETURN_IF_ERROR(
        CountInRun(transaction, kConversionJob, options.run, records, outcome.refused));
  }
  return outcome;
}

absl::StatusOr<StoredCustomer> ConvertNow(Transaction& transaction, const StagedRow& row,
                                          absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto prepared,
                            PrepareStagedCreate(transaction, row.staged.operation(), now));
  COMPTOIR_ASSIGN_OR_RETURN(
      const NextNumber number,
      PeekAccountNumber(transaction, prepared.record.customer().customer_group()));
  return ConvertCreate(transaction, row, prepared, number, now);
}

absl::Status ConvertAddressNow(Transaction& transaction, const StagedRow& row, absl::Time now) {
  CapturingChannels channels(transaction);
  const auto prepared = PrepareOperation(transaction, channels, row.staged.operation(), now);
  COMPTOIR_ASSIGN_OR_RETURN(const Decision decision,
                            DecideOperation(transaction, row, prepared, now));
  switch (decision.verdict) {
    case Verdict::kConvert:
      return Convert(transaction, row, *prepared, decision, now);
    case Verdict::kSettle: {
      COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
      return SettleStaged(transaction, row, decision.outcome, sequence, now);
    }
    default:
      return decision.reason;
  }
}

}  // namespace comptoir::hq
