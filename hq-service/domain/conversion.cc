#include "hq-service/domain/conversion.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/customers.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/feeds.h"
#include "hq-service/domain/settling.h"
#include "hq-service/domain/staged_create.h"
#include "hq-service/domain/staging.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using storage::v1::CustomerRecord;

constexpr absl::Duration kFirstRetryDelay = absl::Seconds(1);
constexpr double kRetryDelayGrowth = 4;

bool IsNumberProblem(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kNumberSequenceMissing || reason == Reason::kNumberSequenceBlocked ||
         reason == Reason::kNumberSequenceExhausted;
}

bool IsReusedCreate(const StagedRow& row) {
  return row.queue == StagedQueue::kKept &&
         row.staged.reason() == ReasonName(Reason::kRequestIdReused);
}

// What is to become of an operation.
enum class Verdict {
  kConvert,
  // HQ knows what became of it: it came over two paths, or again.
  kSettle,
  // HQ's answer is that the operation is wrong; another try may find a repaired configuration.
  kRefuse,
  // Another try cannot help: a person decides.
  kKeep,
  // It isn't the operation's fault and counts as no try.
  kWaitForNumber,
  kWait,
};

struct Decision {
  Verdict verdict;
  // Of those that don't convert or settle.
  absl::Status reason;
  // Of kConvert.
  std::optional<NextNumber> number;
  // Of kSettle.
  Outcome outcome;
};

Decision Keep(Reason reason, const std::string& message) {
  return {Verdict::kKeep, MakeError(reason, message)};
}

absl::StatusOr<Decision> DecideChange(const Reader& reader, const Operation& operation) {
  if (const auto id = IdOfBytes(operation.customer_id()); id.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, *id));
    if (known.has_value() && known->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED) {
      return Keep(Reason::kCustomerRejected, "The customer's creation was discarded.");
    }
  }
  return Keep(Reason::kNotSupportedYet, "Only creates are.");
}

// Fails only if the database does.
absl::StatusOr<Decision> Decide(const Reader& reader, const StagedRow& row,
                                const absl::StatusOr<PreparedCustomer>& prepared) {
  const Operation& operation = row.staged.operation();
  if (!operation.has_create_customer()) return DecideChange(reader, operation);
  if (const auto id = IdOfBytes(operation.customer_id()); id.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto outcome,
                              FindCreateOutcome(reader, *id, operation.request_digest()));
    if (outcome.has_value()) return Decision{.verdict = Verdict::kSettle, .outcome = *outcome};
    COMPTOIR_ASSIGN_OR_RETURN(const bool taken, IsIdTaken(reader, row));
    if (taken) {
      return Keep(Reason::kRequestIdReused,
                  "The customer was created by a request with other content.");
    }
  }
  if (!prepared.ok()) {
    if (IsRefusal(prepared.status())) return Decision{Verdict::kRefuse, prepared.status()};
    if (ReasonOf(prepared.status()) == Reason::kConfigurationMissing) {
      return Decision{Verdict::kWait, prepared.status()};
    }
    return prepared.status();
  }
  auto number = PeekAccountNumber(reader);
  if (number.ok()) return Decision{Verdict::kConvert, absl::OkStatus(), *std::move(number)};
  if (IsNumberProblem(number.status())) return Decision{Verdict::kWaitForNumber, number.status()};
  return number.status();
}

absl::StatusOr<StoredCustomer> Convert(Transaction& transaction, const StagedRow& row,
                                       const PreparedCustomer& prepared, NextNumber number,
                                       absl::Time now) {
  const Operation& operation = row.staged.operation();
  // One that another channel service delivered may have been refused before.
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(StoredCustomer stored,
                            StoreNewCustomer(transaction,
                                             {.prepared = prepared,
                                              .request_digest = operation.request_digest(),
                                              .create_time = operation.capture_time(),
                                              .number = std::move(number)},
                                             sequence, now));
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, {.customer = prepared.id}, sequence, now));
  return stored;
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
  } else if (decision.verdict == Verdict::kWaitForNumber) {
    // Told once: while it waits here nothing is written.
    if (row.queue == StagedQueue::kNumber) return absl::OkStatus();
    postponed.queue = StagedQueue::kNumber;
  } else {
    postponed.queue = StagedQueue::kRetry;
    const absl::Duration delay = decision.verdict == Verdict::kWait
                                     ? options.retry_delay_max * (0.5 + candidate.jitter / 2)
                                     : RetryDelay(staged.tries(), candidate.jitter, options);
    postponed.due = now + delay;
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  EnterResult(transaction, &row, postponed, sequence);
  ReplaceStaged(transaction, row, postponed);
  if (!keep) return absl::OkStatus();
  return AddToCounters(transaction, {.refused = 1});
}

absl::Status ConvertCandidate(Transaction& transaction, const ConversionCandidate& candidate,
                              absl::Time now, const ConversionOptions& options,
                              ConversionOutcome& outcome) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(transaction, candidate.place));
  // Settled, or refused for good, since the plan was made.
  if (!row.has_value() || row->queue == StagedQueue::kKept) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(Decision decision, Decide(transaction, *row, candidate.prepared));
  switch (decision.verdict) {
    case Verdict::kConvert:
      ++outcome.applied;
      return Convert(transaction, *row, *candidate.prepared, *std::move(decision.number), now)
          .status();
    case Verdict::kSettle: {
      ++outcome.applied;
      COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
      return SettleStaged(transaction, *row, decision.outcome, sequence, now);
    }
    case Verdict::kRefuse:
    case Verdict::kKeep:
      ++outcome.refused;
      break;
    case Verdict::kWaitForNumber:
    case Verdict::kWait:
      ++outcome.waiting;
      break;
  }
  return Postpone(transaction, *row, decision, candidate, now, options);
}

}  // namespace

absl::StatusOr<bool> IsIdTaken(const Reader& reader, const StagedRow& row) {
  const Operation& operation = row.staged.operation();
  const auto id = IdOfBytes(operation.customer_id());
  if (!id.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, *id));
  if (known.has_value()) return known->request_digest() != operation.request_digest();
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, StagedOfCustomer(reader, operation.customer_id()));
  return std::any_of(rows.begin(), rows.end(), [&](const StagedRow& other) {
    return other.place < row.place && other.staged.operation().has_create_customer() &&
           other.staged.operation().request_digest() != operation.request_digest() &&
           !IsReusedCreate(other);
  });
}

absl::StatusOr<std::vector<ConversionCandidate>> PlanConversion(const Reader& reader,
                                                                absl::Time now,
                                                                const ConversionOptions& options,
                                                                Random& random) {
  const absl::Status number = PeekAccountNumber(reader).status();
  if (!number.ok() && !IsNumberProblem(number)) return number;
  std::vector<StagedQueue> queues = {StagedQueue::kRetry};
  if (number.ok()) queues.push_back(StagedQueue::kNumber);
  queues.push_back(StagedQueue::kReady);

  std::vector<ConversionCandidate> candidates;
  for (const StagedQueue queue : queues) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto places,
                              QueuedPlaces(reader, queue, now, options.retry_delay_max,
                                           options.operations_max - candidates.size()));
    for (const StagedPlace& place : places) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, place));
      if (!row.has_value()) {
        return MakeError(Reason::kStorageCorrupt, "A queued operation is missing.");
      }
      candidates.push_back({.place = place,
                            .prepared = PrepareStagedCreate(reader, row->staged.operation(), now),
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
  return outcome;
}

absl::StatusOr<std::optional<StagedRow>> FindStagedCreate(const Reader& reader,
                                                          const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, StagedOfCustomer(reader, customer.bytes()));
  for (StagedRow& row : rows) {
    if (row.staged.operation().has_create_customer() && !IsReusedCreate(row)) {
      return std::move(row);
    }
  }
  return std::nullopt;
}

absl::StatusOr<StoredCustomer> ConvertNow(Transaction& transaction, const StagedRow& row,
                                          absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto prepared,
                            PrepareStagedCreate(transaction, row.staged.operation(), now));
  COMPTOIR_ASSIGN_OR_RETURN(NextNumber number, PeekAccountNumber(transaction));
  return Convert(transaction, row, prepared, std::move(number), now);
}

}  // namespace comptoir::hq
