#include "channel-service/domain/replication/settle.h"

#include <algorithm>
#include <string>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/own_edits.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_record.h"
#include "channel-service/domain/replication/removal.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using replication::v1::OperationResult;
using storage::v1::CustomerRecord;
using storage::v1::OutboxState;

absl::Status CorruptResult() {
  return MakeError(Reason::kStorageCorrupt, "A result isn't what it says.");
}

// The request id of a customer's create is the customer's id.
bool IsOfCreate(const OperationResult& result) {
  return result.request_id() == result.customer_id();
}

// States of a newer HQ that this version doesn't know say nothing to it.
bool IsKnown(replication::v1::OperationState state) {
  switch (state) {
    case replication::v1::OPERATION_STATE_STAGED:
    case replication::v1::OPERATION_STATE_WAITING:
    case replication::v1::OPERATION_STATE_REFUSED:
    case replication::v1::OPERATION_STATE_APPLIED:
    case replication::v1::OPERATION_STATE_DISCARDED:
      return true;
    default:
      return false;
  }
}

bool ShowsRecords(absl::Span<const ParsedChange> records) {
  return std::any_of(records.begin(), records.end(),
                     [](const ParsedChange& change) { return !change->removed(); });
}

// What a store sees at its pending customer. A customer of HQ's isn't touched.
absl::Status ShowReason(Transaction& transaction, const CustomerId& id, const std::string& reason) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, id));
  if (!stored.has_value() || stored->version() != 0 ||
      stored->customer().state() != customer::v1::CUSTOMER_STATE_PENDING ||
      stored->customer().pending_reason() == reason) {
    return absl::OkStatus();
  }
  CustomerRecord record = *stored;
  record.mutable_customer()->set_pending_reason(reason);
  PutCustomer(transaction, stored, record);
  return absl::OkStatus();
}

// New addresses and edits that came back before their customer, too.
absl::Status ReplayOwnWork(Transaction& transaction, const CustomerId& id) {
  COMPTOIR_RETURN_IF_ERROR(ReplayOwnAddresses(transaction, id));
  return ReplayAllOwnEdits(transaction, id);
}

absl::Status PutBack(Transaction& transaction, const OperationResult& result, OutboxState& state) {
  if (result.operation().has_create_customer()) {
    COMPTOIR_ASSIGN_OR_RETURN(const PendingRecords records, RecordsOfCreate(result.operation()));
    COMPTOIR_RETURN_IF_ERROR(PutPendingRecords(transaction, records));
  }
  COMPTOIR_RETURN_IF_ERROR(PutBackOperation(transaction, state, result));
  return ReplayOwnWork(transaction, CustomerId::FromBytes(result.customer_id()));
}

// When the first of two creates under one UUID is gone, the other is still to be seen.
absl::Status ShowOtherCreate(Transaction& transaction, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto creates, RecordsOfUnsettledCreates(transaction, id));
  if (creates.empty()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(PutPendingRecords(transaction, creates.front()));
  return ReplayOwnWork(transaction, id);
}

absl::Status ApplyInterim(Transaction& transaction, const OperationResult& result,
                          OutboxState& state, const std::optional<OutboxRow>& row) {
  if (row.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(OutboxItem item, row->Parse());
    item.entry.set_state(result.state());
    item.entry.set_reason(result.reason());
    *item.entry.mutable_fields() = result.fields();
    PutOutboxItem(transaction, item);
  } else {
    // One of this lineage that isn't here was settled here.
    const bool lost = result.has_operation() && result.lineage() != state.lineage();
    if (!lost) return absl::OkStatus();
    COMPTOIR_RETURN_IF_ERROR(PutBack(transaction, result, state));
  }
  if (!IsOfCreate(result)) return absl::OkStatus();
  return ShowReason(transaction, CustomerId::FromBytes(result.customer_id()), result.reason());
}

// What a new address had put there goes, if HQ's result hasn't replaced it.
absl::Status EndAddress(Transaction& transaction, const std::optional<OutboxRow>& row) {
  if (!row.has_value() || row->kind() != replication::v1::Operation::kCreateAddress) {
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxItem item, row->Parse());
  COMPTOIR_ASSIGN_OR_RETURN(const OwnAddress own, OwnAddressOf(item.entry.operation()));
  return EndOwnAddress(transaction, own.key, own.operation.request_digest());
}

// What the entry's create has put here; nothing if it is no create.
absl::StatusOr<std::optional<PendingKeys>> OwnCreate(const std::optional<OutboxRow>& row) {
  if (!row.has_value() || row->kind() != replication::v1::Operation::kCreateCustomer) {
    return std::nullopt;
  }
  COMPTOIR_ASSIGN_OR_RETURN(PendingKeys create, KeysOfCreate(*row));
  return std::optional<PendingKeys>(std::move(create));
}

// Only what is needed to resolve the UUID and to recognise the request; for as long as HQ has no
// record under the UUID.
CustomerRecord RejectedRecord(const CustomerId& id, std::string_view reason,
                              const std::optional<CustomerRecord>& pending) {
  CustomerRecord record;
  customer::v1::Customer& customer = *record.mutable_customer();
  customer.set_name(CustomerName(id));
  customer.set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  customer.set_pending_reason(std::string(reason));
  if (pending.has_value()) {
    record.set_request_digest(pending->request_digest());
    customer.set_channel(pending->customer().channel());
    *customer.mutable_create_time() = pending->customer().create_time();
  }
  return record;
}

// A pending customer whose create was applied and that HQ doesn't show us: a person gave the
// customer another UUID, and ours is that of another customer, who is still to come; else the
// channel holds none of its books any more.
absl::Status EndPendingCustomer(Transaction& transaction, const OperationResult& result,
                                const PendingKeys& own) {
  const CustomerId& id = own.customer;
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes,
                            transaction.Get(Table::kRecords, CustomerRecordKey(id)));
  if (!bytes.has_value()) return absl::OkStatus();
  // HQ's, mostly.
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(*bytes));
  if (version != 0) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<CustomerRecord> stored,
                            ParseRecord<CustomerRecord>(*bytes));
  if (result.customer_id() != id.bytes()) {
    PutCustomer(transaction, stored,
                RejectedRecord(id, ReasonName(Reason::kRequestIdReused), stored));
    return absl::OkStatus();
  }
  RemoveCustomer(transaction, *stored);
  // One may have come while HQ's customer was still to come.
  COMPTOIR_RETURN_IF_ERROR(RemoveLoyaltyCards(transaction, id));
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, -1));
  return ShowOtherCreate(transaction, id);
}

// A customer that stayed because of unsettled operations goes with the last of them, if the service
// holds none of its books any more. (V8)
absl::Status EndStay(Transaction& transaction, const OperationResult& result, const HeldBooks& held,
                     const std::optional<OutboxRow>& row) {
  COMPTOIR_RETURN_IF_ERROR(
      RemoveIfNotHeld(transaction, CustomerId::FromBytes(result.customer_id()), held));
  if (!row.has_value()) return absl::OkStatus();
  const std::string_view known_as = row->customer_id();
  if (!IsIdBytes(known_as) || known_as == result.customer_id()) return absl::OkStatus();
  return RemoveIfNotHeld(transaction, CustomerId::FromBytes(known_as), held);
}

absl::Status ApplyApplied(Transaction& transaction, const OperationResult& result,
                          absl::Span<const ParsedChange> records, const HeldBooks& held,
                          OutboxState& state, const std::optional<OutboxRow>& row) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto own, OwnCreate(row));
  if (row.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(SettleOperation(transaction, state, *row, result.state()));
  }
  for (const ParsedChange& change : records) {
    COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change));
  }
  COMPTOIR_RETURN_IF_ERROR(EndAddress(transaction, row));
  COMPTOIR_RETURN_IF_ERROR(EndStay(transaction, result, held, row));
  if (!own.has_value()) return absl::OkStatus();
  // What HQ's result replaced isn't the store's own any more; what is, HQ lacks.
  COMPTOIR_RETURN_IF_ERROR(RemovePendingAddresses(transaction, *own));
  return EndPendingCustomer(transaction, result, *own);
}

absl::Status ApplyDiscarded(Transaction& transaction, const OperationResult& result,
                            absl::Span<const ParsedChange> records, const HeldBooks& held,
                            OutboxState& state, const std::optional<OutboxRow>& row) {
  const CustomerId id = CustomerId::FromBytes(result.customer_id());
  COMPTOIR_ASSIGN_OR_RETURN(const auto own, OwnCreate(row));
  if (row.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(SettleOperation(transaction, state, *row, result.state()));
  }
  for (const ParsedChange& change : records) {
    COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change));
  }
  COMPTOIR_RETURN_IF_ERROR(EndAddress(transaction, row));
  if (own.has_value()) COMPTOIR_RETURN_IF_ERROR(RemovePendingAddresses(transaction, *own));
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, id));
  const bool of_hq = stored.has_value() && stored->version() != 0;
  if (of_hq) return EndStay(transaction, result, held, row);
  if (!IsOfCreate(result)) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  // Such a database keeps no customers, and HQ resolves the UUID. Where HQ shows nobody under it,
  // for it filters already or the store holds none of the books, nothing is made up again.
  const bool unknown = !ShowsRecords(records) && !own.has_value();
  if ((filter.filtered() && !stored.has_value()) || unknown) return absl::OkStatus();
  PutCustomer(transaction, stored, RejectedRecord(id, result.reason(), stored));
  return AddToCustomerCount(transaction, stored.has_value() ? 0 : 1);
}

}  // namespace

absl::Status CheckResult(const OperationResult& result) {
  if (!IsIdBytes(result.customer_id()) || !IsIdBytes(result.request_id())) return CorruptResult();
  if (!result.has_operation()) return absl::OkStatus();
  const replication::v1::Operation& operation = result.operation();
  if (operation.customer_id() != result.customer_id() ||
      operation.request_id() != result.request_id()) {
    return CorruptResult();
  }
  if (operation.has_create_address()) return OwnAddressOf(operation).status();
  if (operation.has_edit_customer() || operation.has_edit_address()) return CheckOwnEdit(operation);
  if (!operation.has_create_customer()) return absl::OkStatus();
  return RecordsOfCreate(operation).status();
}

absl::Status DiscardUnsettled(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const HeldBooks held, ReadHeldBooks(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(std::vector<OutboxRow> rows, UnsettledRows(transaction));
  for (const OutboxRow& row : rows) COMPTOIR_RETURN_IF_ERROR(row.Parse().status());
  for (OutboxRow& each : rows) {
    const std::optional<OutboxRow> row(std::move(each));
    OperationResult result;
    result.set_customer_id(std::string(row->customer_id()));
    result.set_request_id(std::string(row->request_id()));
    result.set_state(replication::v1::OPERATION_STATE_DISCARDED);
    result.set_reason(std::string(ReasonName(Reason::kOperationDiscarded)));
    COMPTOIR_RETURN_IF_ERROR(ApplyDiscarded(transaction, result, {}, held, state, row));
  }
  return absl::OkStatus();
}

absl::Status ApplyResult(Transaction& transaction, const OperationResult& result,
                         absl::Span<const ParsedChange> records, const HeldBooks& held,
                         OutboxState& state, std::optional<OutboxRow> row) {
  if (!IsKnown(result.state())) return absl::OkStatus();
  if (row.has_value() && IsFinal(row->state())) row.reset();
  if (row.has_value() && row->key() == KeyOfResult(state, result) &&
      result.sequence() > state.acknowledged_sequence()) {
    // HQ cannot speak of what it doesn't hold.
    COMPTOIR_RETURN_IF_ERROR(
        AcknowledgeUpTo(transaction, state, result.lineage(), result.sequence()));
  }
  switch (result.state()) {
    case replication::v1::OPERATION_STATE_APPLIED:
      return ApplyApplied(transaction, result, records, held, state, row);
    case replication::v1::OPERATION_STATE_DISCARDED:
      return ApplyDiscarded(transaction, result, records, held, state, row);
    default:
      return ApplyInterim(transaction, result, state, row);
  }
}

}  // namespace comptoir::channel
