#include "hq-service/domain/staging/settling.h"

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/staging/results.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/times.h"
#include "hq-service/domain/trace.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using replication::v1::OPERATION_STATE_APPLIED;
using replication::v1::OPERATION_STATE_DISCARDED;

// The addresses that the operation's channel service has put somewhere because of it. Those of a
// discarded create it removes itself.
std::vector<AddressId> TouchedAddresses(const Operation& operation, const Outcome& outcome) {
  switch (operation.kind_case()) {
    case Operation::kCreateCustomer:
      if (outcome.state == OPERATION_STATE_DISCARDED) return {};
      return AddressIdsOf(operation, outcome.customer);
    case Operation::kCreateAddress:
      return {Uuid::FromBytes(operation.request_id())};
    case Operation::kEditAddress:
      if (const auto id = IdOfBytes(operation.edit_address().address_id()); id.has_value()) {
        return {*id};
      }
      return {};
    default:
      return {};
  }
}

// Several creates may have used one UUID: each has an outcome of its own.
Uuid LoggedId(const Uuid& request_id, std::string_view request_digest) {
  return Uuid::NameBased(request_id, request_digest);
}

}  // namespace

absl::Status SettleStaged(Transaction& transaction, const StagedRow& row, const Outcome& outcome,
                          Sequence sequence, absl::Time now) {
  COMPTOIR_RETURN_IF_ERROR(AddToCounters(
      transaction, {.staged = -1, .refused = row.queue == StagedQueue::kKept ? -1 : 0}));
  COMPTOIR_RETURN_IF_ERROR(LeaveResult(transaction, row, sequence));
  EraseStaged(transaction, row);
  COMPTOIR_RETURN_IF_ERROR(WakeOverlapping(transaction, row.staged.operation()));
  return TellOutcome(transaction, row, outcome, sequence, now);
}

absl::Status TellOutcome(Transaction& transaction, const TakenOperation& taken,
                         const Outcome& outcome, Sequence sequence, absl::Time now) {
  const Operation& operation = taken.operation;
  // Nobody could be told: no channel service makes such ids.
  if (!IdOfBytes(operation.customer_id()).has_value() ||
      !IdOfBytes(operation.request_id()).has_value()) {
    return absl::OkStatus();
  }
  // Of an address whose customer has another UUID than the store says, nothing else tells. It may
  // have been here before: a restored HQ has it from a store.
  if (operation.has_create_address() && outcome.customer.bytes() != operation.customer_id()) {
    RememberOutcome(transaction, operation, outcome, sequence, now);
  }
  PutSettled(transaction, taken, outcome, sequence, now);
  PutResultEntry(transaction, taken.channel_service, sequence,
                 FinalResult(taken.address(),
                             {.id = operation.request_id(),
                              .digest = operation.request_digest(),
                              .customer_digest = operation.customer_digest()},
                             outcome, TouchedAddresses(operation, outcome)));
  return absl::OkStatus();
}

absl::Status SettleAll(Transaction& transaction, const std::vector<StagedRow>& rows,
                       const Outcome& outcome, Sequence sequence, absl::Time now) {
  for (const StagedRow& row : rows) {
    COMPTOIR_RETURN_IF_ERROR(SettleStaged(transaction, row, outcome, sequence, now));
  }
  return absl::OkStatus();
}

void RememberOutcome(Transaction& transaction, const Operation& operation, const Outcome& outcome,
                     Sequence sequence, absl::Time now) {
  const Uuid id = Uuid::FromBytes(operation.request_id());
  storage::v1::RequestOutcome remembered;
  remembered.set_request_digest(operation.request_digest());
  if (outcome.state == OPERATION_STATE_APPLIED) {
    remembered.set_customer_id(std::string(outcome.customer.bytes()));
  }
  remembered.set_version(sequence.value());
  *remembered.mutable_commit_time() = ToTimestamp(now);
  RememberRequest(transaction, LoggedId(id, operation.request_digest()), remembered);
}

absl::StatusOr<std::optional<Outcome>> FindRemembered(const Reader& reader,
                                                      const CustomerId& customer,
                                                      const Uuid& request_id,
                                                      std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto remembered,
      FindRequest(reader, LoggedId(request_id, request_digest), request_digest));
  if (!remembered.has_value()) return std::nullopt;
  const auto moved_to = IdOfBytes(remembered->customer_id());
  if (!moved_to.has_value()) return Outcome{OPERATION_STATE_DISCARDED, customer};
  return Outcome{OPERATION_STATE_APPLIED, *moved_to};
}

absl::StatusOr<std::vector<bool>> AreRemembered(
    const Reader& reader, absl::Span<const std::pair<CustomerId, std::string_view>> creates) {
  std::vector<Uuid> ids;
  ids.reserve(creates.size());
  for (const auto& [customer, digest] : creates) ids.push_back(LoggedId(customer, digest));
  return AreRequestsKnown(reader, ids);
}

absl::StatusOr<std::optional<Outcome>> FindCreateOutcome(const Reader& reader,
                                                         const CustomerId& customer,
                                                         std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, customer));
  if (known.has_value() && known->request_digest() == request_digest) {
    const bool rejected = known->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
    return Outcome{rejected ? OPERATION_STATE_DISCARDED : OPERATION_STATE_APPLIED, customer};
  }
  return FindRemembered(reader, customer, customer, request_digest);
}

absl::StatusOr<std::optional<Outcome>> FindAddressOutcome(const Reader& reader,
                                                          const AddressKey& key,
                                                          std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindAddress(reader, key));
  if (known.has_value() && known->request_digest() == request_digest) {
    return Outcome{OPERATION_STATE_APPLIED, key.customer};
  }
  return FindRemembered(reader, key.customer, key.address, request_digest);
}

}  // namespace comptoir::hq
