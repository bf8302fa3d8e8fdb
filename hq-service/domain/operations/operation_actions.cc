#include "hq-service/domain/operations/operation_actions.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/conversion/staged_correction.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/customers/new_customer.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/operations/correction.h"
#include "hq-service/domain/operations/operation_history.h"
#include "hq-service/domain/operations/operation_view.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "hq-service/domain/staging/staging.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using replication::v1::OPERATION_STATE_APPLIED;
using replication::v1::OPERATION_STATE_DISCARDED;
using replication::v1::OPERATION_STATE_STAGED;

// The discard of an operation that was.
absl::StatusOr<std::optional<v1::StagedOperationInfo>> FindDiscarded(const Reader& reader,
                                                                     const std::string& name) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto history, HistoryOf(reader, name));
  if (history.empty() || history.back().action() != kDiscardAction) return std::nullopt;
  return DiscardedInfo(history);
}

absl::Status NotFound() {
  return MakeError(Reason::kOperationNotFound, "No such operation is staged.");
}

absl::StatusOr<std::optional<StagedRow>> FindNamed(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const OperationName parsed, ParseOperationName(name));
  return FindStagedAt(reader, parsed.channel_service, parsed.address);
}

absl::Status CheckRefused(const StagedRow& row) {
  if (row.queue == StagedQueue::kKept) return absl::OkStatus();
  return MakeError(Reason::kOperationNotRefused, "Only a refused operation waits for a person.",
                   {{"operation", NameOf(row)},
                    {"state", replication::v1::OperationState_Name(row.staged.state())}});
}

// It waits for a customer that HQ doesn't know. That may never come: if HQ was restored, it has
// forgotten when a person gave the customer up.
bool IsOfUnknownCustomer(const StagedRow& row) {
  return row.queue == StagedQueue::kCustomer &&
         row.staged.reason() == ReasonName(Reason::kCustomerNotFound);
}

// To be retried or corrected.
absl::StatusOr<StagedRow> FindRefused(const Reader& reader, const std::string& name) {
  COMPTOIR_ASSIGN_OR_RETURN(auto row, FindNamed(reader, name));
  if (!row.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto discarded, FindDiscarded(reader, name));
    if (!discarded.has_value()) return NotFound();
    return MakeError(Reason::kOperationDiscarded, "The operation was discarded.",
                     {{"operation", name}});
  }
  COMPTOIR_RETURN_IF_ERROR(CheckRefused(*row));
  return *std::move(row);
}

// Under the name of each path: whoever asks by one of them finds it.
void Audit(Transaction& transaction, const std::vector<StagedRow>& paths, v1::OperationAction entry,
           const Administrator& administrator, Sequence sequence) {
  *entry.mutable_time() = ToTimestamp(administrator.now);
  entry.set_caller(administrator.caller);
  for (const StagedRow& row : paths) {
    entry.set_resource(NameOf(row));
    if (const auto id = IdOfBytes(row.staged.operation().customer_id()); id.has_value()) {
      entry.set_customer(CustomerName(*id));
    }
    AppendAction(transaction, entry, sequence);
  }
}

// Makes `row` ready; `old` is what is stored now.
absl::Status MakeReady(Transaction& transaction, const StagedRow& old, StagedRow& row,
                       Sequence sequence) {
  if (old.queue == StagedQueue::kKept) {
    COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, {.refused = -1}));
  }
  row.queue = StagedQueue::kAsked;
  row.due = absl::UnixEpoch();
  row.staged.set_state(OPERATION_STATE_STAGED);
  row.staged.set_tries(0);
  row.staged.clear_reason();
  row.staged.clear_fields();
  COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &old, row, sequence));
  ReplaceStaged(transaction, old, row);
  return absl::OkStatus();
}

absl::StatusOr<v1::StagedOperationInfo> InfoAfter(const Reader& reader, const StagedPlace& place) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, place));
  if (!row.has_value()) return NotFound();
  return FullInfoOf(reader, *row);
}

absl::Status InvalidName(const char* reason, const char* description) {
  FieldViolations violations;
  violations.Add("customer.name", reason, description);
  return violations.ToStatus();
}

// The UUID that a create is to be applied under.
absl::StatusOr<CustomerId> FreeId(const Reader& reader, const StagedRow& row,
                                  const v1::CorrectOperationRequest& request, const Uuid& new_id) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool taken, IsIdTaken(reader, row));
  if (!taken) return InvalidName("FIELD_NOT_UPDATABLE", "The UUID is this customer's own.");
  if (request.customer().name().empty()) return new_id;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id,
                            ParseCustomerName(request.customer().name(), "customer.name"));
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, StagedOfCustomer(reader, id.bytes()));
  if (known.has_value() || !staged.empty()) {
    return InvalidName("ID_TAKEN", "HQ knows this UUID.");
  }
  return id;
}

absl::StatusOr<v1::StagedOperationInfo> ApplyUnderAnotherId(
    Transaction& transaction, const StagedRow& row, const v1::CorrectOperationRequest& request,
    const CustomerId& id, const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const Correction correction,
      Correct(transaction, row.staged.operation(), request, administrator.now));
  const Operation moved = MovedCreate(correction.operation, id);
  COMPTOIR_ASSIGN_OR_RETURN(const auto prepared,
                            PrepareStagedCreate(transaction, moved, administrator.now));
  COMPTOIR_ASSIGN_OR_RETURN(
      const NextNumber number,
      PeekAccountNumber(transaction, prepared.record.customer().customer_group()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(v1::StagedOperationInfo info, FullInfoOf(transaction, row));

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  TakeNumber(transaction, number);
  COMPTOIR_ASSIGN_OR_RETURN(const StoredCustomer stored,
                            StoreNewCustomer(transaction,
                                             {.prepared = prepared,
                                              .request_digest = moved.request_digest(),
                                              .create_time = moved.capture_time(),
                                              .account_number = number.text},
                                             sequence, administrator.now));
  const Outcome outcome{OPERATION_STATE_APPLIED, id};
  COMPTOIR_RETURN_IF_ERROR(
      SettleMerged(transaction, row, paths, outcome, sequence, administrator.now));
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, outcome, sequence, administrator.now));
  RememberOutcome(transaction, row.staged.operation(), outcome, sequence, administrator.now);
  COMPTOIR_RETURN_IF_ERROR(WakeWaiting(transaction, row.staged.operation().customer_id(),
                                       row.staged.operation().request_digest()));
  v1::OperationAction entry;
  entry.set_action(kCorrectAction);
  v1::FieldDifference& name = *entry.add_changes();
  name.set_field("name");
  name.set_old_value(info.customer());
  name.set_new_value(CustomerName(id));
  for (const v1::FieldDifference& change : correction.changes) *entry.add_changes() = change;
  Audit(transaction, paths, entry, administrator, sequence);

  info.set_customer(CustomerName(id));
  info.set_account_number(stored.customer.customer().account_number());
  info.set_state(OPERATION_STATE_APPLIED);
  info.clear_reason();
  info.clear_captured_customer();
  return info;
}

// What HQ remembers of a create or an edit.
absl::StatusOr<std::optional<Outcome>> FindOutcome(const Reader& reader,
                                                   const Operation& operation) {
  const auto id = IdOfBytes(operation.customer_id());
  const auto request = IdOfBytes(operation.request_id());
  if (!id.has_value() || !request.has_value()) return std::optional<Outcome>();
  if (operation.has_create_customer()) {
    return FindCreateOutcome(reader, *id, operation.request_digest());
  }
  if (!IsEdit(operation)) return std::optional<Outcome>();
  auto outcome = FindEditOutcome(reader, *id, *request, operation.request_digest());
  // The id is that of another request: nothing is known of this one.
  if (ReasonOf(outcome.status()) == Reason::kRequestIdReused) return std::optional<Outcome>();
  return outcome;
}

// It may have come to HQ over another path: then there is nothing to give up.
absl::Status CheckNotApplied(const Reader& reader, const StagedRow& row) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto outcome, FindOutcome(reader, row.staged.operation()));
  if (!outcome.has_value() || outcome->state == OPERATION_STATE_DISCARDED) return absl::OkStatus();
  return MakeError(Reason::kOperationNotRefused, "HQ has it: a retry settles it.",
                   {{"operation", NameOf(row)}});
}

absl::Status CheckDiscardReason(const v1::DiscardOperationRequest& request) {
  FieldViolations violations;
  if (!IsValidUtf8(request.reason()) || IsBlank(request.reason())) {
    violations.Add("reason", "REQUIRED", "Say why: somebody will ask.");
  } else if (CharacterCount(request.reason()) > kDiscardReasonCharactersMax) {
    violations.Add("reason", "TOO_LONG", "At most 1,000 characters.");
  }
  return violations.ToStatus();
}

// Nothing of what was captured, only what resolves the UUID and recognises the request.
storage::v1::CustomerRecord RejectedRecord(const Operation& operation, const CustomerId& id,
                                           Sequence sequence, absl::Time now) {
  storage::v1::CustomerRecord record;
  record.set_version(sequence.value());
  record.set_request_digest(operation.request_digest());
  customer::v1::Customer& customer = *record.mutable_customer();
  customer.set_name(CustomerName(id));
  customer.set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  customer.set_channel(operation.channel());
  *customer.mutable_address_books() = operation.create_customer().customer().address_books();
  customer.set_pending_reason(std::string(ReasonName(Reason::kOperationDiscarded)));
  *customer.mutable_create_time() = operation.capture_time();
  *customer.mutable_update_time() = ToTimestamp(now);
  return record;
}

// What is written besides the result: the customer that the UUID resolves to from now on, or, if
// that is another create's, that this create was discarded; of an address or edit that it was.
absl::Status StoreDiscard(Transaction& transaction, const StagedRow& row, bool taken,
                          Sequence sequence, absl::Time now) {
  const Operation& operation = row.staged.operation();
  const auto id = IdOfBytes(operation.customer_id());
  if (!id.has_value() || !IdOfBytes(operation.request_id()).has_value()) return absl::OkStatus();
  if (taken || !operation.has_create_customer()) {
    RememberOutcome(transaction, operation, {OPERATION_STATE_DISCARDED, *id}, sequence, now);
  }
  if (!operation.has_create_customer()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(WakeWaiting(transaction, id->bytes(), operation.request_digest()));
  if (taken) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(transaction, *id));
  if (known.has_value()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, {.customers = 1}));
  const storage::v1::CustomerRecord rejected = RejectedRecord(operation, *id, sequence, now);
  PutCustomer(transaction, std::nullopt, rejected);
  return MoveCustomerEntries(transaction, *id, std::nullopt, rejected, sequence);
}

}  // namespace

absl::StatusOr<v1::StagedOperationInfo> RetryOperation(Transaction& transaction,
                                                       const v1::RetryOperationRequest& request,
                                                       const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(const StagedRow row, FindRefused(transaction, request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  for (const StagedRow& old : paths) {
    StagedRow ready = old;
    COMPTOIR_RETURN_IF_ERROR(MakeReady(transaction, old, ready, sequence));
  }
  v1::OperationAction entry;
  entry.set_action(kRetryAction);
  Audit(transaction, paths, entry, administrator, sequence);
  return InfoAfter(transaction, row.place);
}

absl::StatusOr<v1::StagedOperationInfo> CorrectOperation(Transaction& transaction,
                                                         const v1::CorrectOperationRequest& request,
                                                         const Uuid& new_id,
                                                         const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(const StagedRow row, FindRefused(transaction, request.name()));
  if (row.staged.operation().has_create_customer() && MovesToAnotherId(request)) {
    COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, FreeId(transaction, row, request, new_id));
    return ApplyUnderAnotherId(transaction, row, request, id, administrator);
  }
  COMPTOIR_ASSIGN_OR_RETURN(
      const Correction correction,
      Correct(transaction, row.staged.operation(), request, administrator.now));
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, row));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  for (const StagedRow& old : paths) {
    StagedRow corrected = old;
    TakeCaptured(correction.operation, *corrected.staged.mutable_operation());
    COMPTOIR_RETURN_IF_ERROR(MakeReady(transaction, old, corrected, sequence));
  }
  v1::OperationAction entry;
  entry.set_action(kCorrectAction);
  for (const v1::FieldDifference& change : correction.changes) *entry.add_changes() = change;
  Audit(transaction, paths, entry, administrator, sequence);
  return InfoAfter(transaction, row.place);
}

absl::StatusOr<v1::StagedOperationInfo> DiscardOperation(Transaction& transaction,
                                                         const v1::DiscardOperationRequest& request,
                                                         const Administrator& administrator) {
  COMPTOIR_RETURN_IF_ERROR(CheckDiscardReason(request));
  COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindNamed(transaction, request.name()));
  if (!row.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto discarded, FindDiscarded(transaction, request.name()));
    if (!discarded.has_value()) return NotFound();
    return *discarded;
  }
  if (!IsOfUnknownCustomer(*row)) COMPTOIR_RETURN_IF_ERROR(CheckRefused(*row));
  Outcome outcome{.state = OPERATION_STATE_DISCARDED};
  const auto id = IdOfBytes(row->staged.operation().customer_id());
  if (id.has_value()) outcome.customer = *id;
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, AllPathsOf(transaction, *row));
  COMPTOIR_ASSIGN_OR_RETURN(const bool taken, IsIdTaken(transaction, *row));
  COMPTOIR_RETURN_IF_ERROR(CheckNotApplied(transaction, *row));

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_RETURN_IF_ERROR(StoreDiscard(transaction, *row, taken, sequence, administrator.now));
  if (row->staged.operation().has_create_customer()) {
    COMPTOIR_RETURN_IF_ERROR(
        SettleMerged(transaction, *row, paths, outcome, sequence, administrator.now));
  }
  COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, paths, outcome, sequence, administrator.now));
  v1::OperationAction entry;
  entry.set_action(kDiscardAction);
  entry.set_reason(request.reason());
  Audit(transaction, paths, entry, administrator, sequence);
  COMPTOIR_ASSIGN_OR_RETURN(const auto history, HistoryOf(transaction, NameOf(*row)));
  return DiscardedInfo(history);
}

}  // namespace comptoir::hq
