#include "hq-service/domain/conversion/conversion_decision.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/conversion/staged_address.h"
#include "hq-service/domain/conversion/staged_correction.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;

bool IsReusedCreate(const StagedRow& row) {
  return row.queue == StagedQueue::kKept &&
         row.staged.reason() == ReasonName(Reason::kRequestIdReused);
}

Decision Keep(Reason reason, const std::string& message) {
  return {Verdict::kKeep, MakeError(reason, message)};
}

Decision WaitForCustomer(Reason reason, const std::string& message) {
  return {Verdict::kWaitForCustomer, MakeError(reason, message)};
}

// Of an operation that couldn't be prepared.
absl::StatusOr<Decision> DecideFailed(const absl::Status& failure) {
  if (IsRefusal(failure)) return Decision{Verdict::kRefuse, failure};
  if (ReasonOf(failure) == Reason::kConfigurationMissing) return Decision{Verdict::kWait, failure};
  return failure;
}

absl::StatusOr<Decision> DecideCreate(const Reader& reader, const StagedRow& row,
                                      const absl::Status& prepared) {
  const Operation& operation = row.staged.operation();
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
  if (!prepared.ok()) return DecideFailed(prepared);
  auto number = PeekAccountNumber(reader, operation.create_customer().customer().customer_group());
  if (number.ok()) {
    return Decision{.verdict = Verdict::kConvert, .number = *std::move(number)};
  }
  if (IsNumberProblem(number.status())) return Decision{Verdict::kWaitForNumber, number.status()};
  return number.status();
}

// Operations of one customer apply in order: those that wait for the customer are set free step by
// step, and none may overtake them.
absl::StatusOr<bool> IsBehindOthers(const Reader& reader, const StagedRow& row) {
  const Operation& operation = row.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto waiting, WaitingForCustomer(reader, operation.customer_id(),
                                                                   operation.customer_digest(), 1));
  return !waiting.empty() && waiting.front().place < row.place;
}

// The customer of the create by which the operation's channel service knows it; a decision if that
// isn't at HQ.
absl::StatusOr<std::variant<CustomerId, Decision>> FindOwner(const Reader& reader,
                                                             const StagedRow& row,
                                                             const CustomerId& id) {
  const Operation& operation = row.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto created,
                            FindCreateOutcome(reader, id, operation.customer_digest()));
  if (created.has_value() && created->state == replication::v1::OPERATION_STATE_DISCARDED) {
    return Keep(Reason::kCustomerRejected, "The customer's creation was discarded.");
  }
  if (created.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool behind, IsBehindOthers(reader, row));
    if (!behind) return created->customer;
    return WaitForCustomer(Reason::kCustomerPending, "Others of the customer are before it.");
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, StagedOfRequest(reader, operation.customer_id()));
  const bool pending = std::any_of(staged.begin(), staged.end(), [&](const StagedRow& other) {
    return other.staged.operation().has_create_customer() &&
           other.staged.operation().request_digest() == operation.customer_digest();
  });
  if (pending) {
    return WaitForCustomer(Reason::kCustomerPending, "The customer is only staged.");
  }
  return WaitForCustomer(Reason::kCustomerNotFound, "HQ doesn't know the customer.");
}

absl::StatusOr<Decision> DecideAddress(const Reader& reader, const StagedRow& row,
                                       const absl::Status& prepared) {
  const Operation& operation = row.staged.operation();
  const auto customer = IdOfBytes(operation.customer_id());
  const auto address = IdOfBytes(operation.request_id());
  // Ids that are none: preparing says so.
  if (!customer.has_value() || !address.has_value()) return DecideFailed(prepared);
  // First of all: it may have been discarded because its customer was.
  COMPTOIR_ASSIGN_OR_RETURN(
      auto outcome, FindAddressOutcome(reader, {*customer, *address}, operation.request_digest()));
  if (outcome.has_value()) return Decision{.verdict = Verdict::kSettle, .outcome = *outcome};
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindOwner(reader, row, *customer));
  if (const Decision* const decision = std::get_if<Decision>(&owner)) return *decision;

  const AddressKey key{std::get<CustomerId>(owner), *address};
  if (key.customer != *customer) {
    COMPTOIR_ASSIGN_OR_RETURN(outcome, FindAddressOutcome(reader, key, operation.request_digest()));
    if (outcome.has_value()) return Decision{.verdict = Verdict::kSettle, .outcome = *outcome};
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindAddress(reader, key));
  if (known.has_value()) {
    return Keep(Reason::kRequestIdReused,
                "The address was created by a request with other content.");
  }
  if (!prepared.ok()) return DecideFailed(prepared);
  return Decision{.verdict = Verdict::kConvert, .outcome = {.customer = key.customer}};
}

// Of an edit whose customer isn't at HQ: it may correct the create that is kept.
absl::StatusOr<Decision> DecideWaitingEdit(const Reader& reader, const StagedRow& row,
                                           Decision wait) {
  if (wait.verdict != Verdict::kWaitForCustomer) return wait;
  COMPTOIR_ASSIGN_OR_RETURN(auto create, CorrectedByEdit(reader, row));
  if (create.has_value()) {
    wait = Decision{Verdict::kMerge};
    wait.create = std::move(create);
  }
  return wait;
}

// Against the record as it is.
absl::StatusOr<Decision> DecideEditOf(const Reader& reader, const StagedRow& row,
                                      const CustomerId& customer,
                                      const absl::StatusOr<PreparedOperation>& prepared,
                                      absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool behind, IsBehindOverlapping(reader, row));
  if (behind) {
    return Decision{Verdict::kWaitBehind,
                    MakeError(Reason::kCustomerPending, "An earlier one isn't settled.")};
  }
  // A person who asks has looked.
  COMPTOIR_ASSIGN_OR_RETURN(const bool forgotten, MayBeForgotten(reader, row, now));
  if (forgotten && row.queue != StagedQueue::kAsked) {
    return Keep(Reason::kOutcomeUnknown, "It may have been applied long ago.");
  }
  if (!prepared.ok()) return DecideFailed(prepared.status());
  auto edit =
      MergeEdit(reader, row.staged.operation(), std::get<PreparedEdit>(*prepared), customer, now);
  if (!edit.ok() && ReasonOf(edit.status()) == Reason::kAddressNotFound) {
    return Decision{Verdict::kKeep, edit.status()};
  }
  if (!edit.ok()) return DecideFailed(edit.status());
  Decision decision{.verdict = Verdict::kConvert, .outcome = {.customer = customer}};
  decision.edit = *std::move(edit);
  return decision;
}

absl::StatusOr<Decision> DecideEdit(const Reader& reader, const StagedRow& row,
                                    const absl::StatusOr<PreparedOperation>& prepared,
                                    absl::Time now) {
  const Operation& operation = row.staged.operation();
  const auto customer = IdOfBytes(operation.customer_id());
  const auto request = IdOfBytes(operation.request_id());
  // Ids that are none: preparing says so.
  if (!customer.has_value() || !request.has_value() || customer == request) {
    return DecideFailed(prepared.status());
  }
  const auto outcome = FindEditOutcome(reader, *customer, *request, operation.request_digest());
  if (ReasonOf(outcome.status()) == Reason::kRequestIdReused) {
    return Decision{Verdict::kKeep, outcome.status()};
  }
  COMPTOIR_RETURN_IF_ERROR(outcome.status());
  if (outcome->has_value()) return Decision{.verdict = Verdict::kSettle, .outcome = **outcome};
  COMPTOIR_ASSIGN_OR_RETURN(auto owner, FindOwner(reader, row, *customer));
  if (Decision* const decision = std::get_if<Decision>(&owner)) {
    return DecideWaitingEdit(reader, row, std::move(*decision));
  }
  return DecideEditOf(reader, row, std::get<CustomerId>(owner), prepared, now);
}

}  // namespace

absl::StatusOr<PreparedOperation> PrepareOperation(const Reader& reader,
                                                   CapturingChannels& channels,
                                                   const Operation& operation, absl::Time now) {
  switch (operation.kind_case()) {
    case Operation::kCreateCustomer: {
      COMPTOIR_ASSIGN_OR_RETURN(auto customer,
                                PrepareStagedCreate(reader, channels, operation, now));
      return PreparedOperation(std::move(customer));
    }
    case Operation::kCreateAddress: {
      COMPTOIR_ASSIGN_OR_RETURN(auto address, PrepareStagedAddress(reader, operation));
      return PreparedOperation(std::move(address));
    }
    case Operation::kEditCustomer:
    case Operation::kEditAddress: {
      COMPTOIR_ASSIGN_OR_RETURN(auto edit, PrepareStagedEdit(reader, operation));
      return PreparedOperation(std::move(edit));
    }
    default:
      return MakeError(Reason::kNotSupportedYet, "This version doesn't know such operations.");
  }
}

absl::StatusOr<Decision> DecideOperation(const Reader& reader, const StagedRow& row,
                                         const absl::StatusOr<PreparedOperation>& prepared,
                                         absl::Time now) {
  switch (row.staged.operation().kind_case()) {
    case Operation::kCreateCustomer:
      return DecideCreate(reader, row, prepared.status());
    case Operation::kCreateAddress:
      return DecideAddress(reader, row, prepared.status());
    case Operation::kEditCustomer:
    case Operation::kEditAddress:
      return DecideEdit(reader, row, prepared, now);
    default:
      return Decision{Verdict::kKeep, prepared.status()};
  }
}

bool IsNumberProblem(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kNumberSequenceMissing || reason == Reason::kNumberSequenceBlocked ||
         reason == Reason::kNumberSequenceExhausted;
}

absl::StatusOr<bool> IsIdTaken(const Reader& reader, const StagedRow& row) {
  const Operation& operation = row.staged.operation();
  const auto id = IdOfBytes(operation.customer_id());
  if (!id.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, *id));
  if (known.has_value()) return known->request_digest() != operation.request_digest();
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, StagedOfRequest(reader, operation.customer_id()));
  return std::any_of(rows.begin(), rows.end(), [&](const StagedRow& other) {
    return other.place < row.place && other.staged.operation().has_create_customer() &&
           other.staged.operation().request_digest() != operation.request_digest() &&
           !IsReusedCreate(other);
  });
}

absl::StatusOr<std::optional<StagedRow>> FindStagedCreate(const Reader& reader,
                                                          const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, StagedOfRequest(reader, customer.bytes()));
  for (StagedRow& row : rows) {
    if (row.staged.operation().has_create_customer() && !IsReusedCreate(row)) {
      return std::move(row);
    }
  }
  return std::nullopt;
}

}  // namespace comptoir::hq
