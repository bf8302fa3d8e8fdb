#include "hq-service/domain/conversion/staged_edit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/captured_change.h"
#include "common/customer/rules/rules.h"
#include "common/storage/record_io.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/customers/new_address.h"
#include "hq-service/domain/operations/conflicts.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::FieldChange;
using replication::v1::Operation;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

google::protobuf::FieldMask MaskOf(const FieldNames& fields) {
  google::protobuf::FieldMask mask;
  for (const std::string& field : fields) mask.add_paths(field);
  return mask;
}

template <typename Message>
void Mark(const std::vector<FieldChange>& conflicts, Message& message) {
  for (const FieldChange& conflict : conflicts) {
    const auto& marked = message.conflicted_fields();
    if (std::find(marked.begin(), marked.end(), conflict.path()) != marked.end()) continue;
    message.add_conflicted_fields(conflict.path());
  }
}

absl::Status MergeCustomer(const Reader& reader, const Operation& operation,
                           const PreparedEdit& prepared, absl::Time now, MergedEdit& merged) {
  Customer& changed = *merged.new_customer.mutable_customer();
  FieldMerge merge = Merge(operation.edit_customer().changes(), changed);
  merged.conflicts = std::move(merge.conflicts);
  if (!merge.applied.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(changed, TakeCapturedChange(merged.old_customer.customer(), changed,
                                                          merge.applied, prepared.channel, now));
    COMPTOIR_ASSIGN_OR_RETURN(
        merged.warnings, WarningsOfEdit(reader, operation, prepared.channel,
                                        merged.old_customer.customer(), changed, merge.applied));
  }
  Mark(merged.conflicts, changed);
  return absl::OkStatus();
}

// A deactivated address isn't made primary by an edit that didn't know.
void KeepDeactivated(const FieldChanges& changes, Address& merged, FieldMerge& merge) {
  if (!merged.deactivated() || merge.applied.erase(kPrimaryField) == 0) return;
  merged.set_primary(false);
  for (const FieldChange& change : changes) {
    if (change.path() == kPrimaryField) merge.conflicts.push_back(change);
  }
}

absl::Status MergeAddress(const Reader& reader, const Operation& operation,
                          const PreparedEdit& prepared, MergedEdit& merged) {
  const FieldChanges& changes = operation.edit_address().changes();
  const AddressId& id = *merged.address;
  const bool is_primary = merged.old_customer.primary_address_id() == id.bytes();
  Address changed = merged.old_address.address();
  changed.set_primary(is_primary);
  FieldMerge merge = Merge(changes, changed);
  KeepDeactivated(changes, changed, merge);
  merged.conflicts = std::move(merge.conflicts);
  merged.warnings = WarningsOfAddressEdit(operation, prepared.channel, changed, merge.applied);
  if (merge.applied.erase(kPrimaryField) > 0 && changed.primary()) merged.primary = id.bytes();
  if (merge.applied.erase(kDeactivatedField) > 0 && is_primary) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto successor,
                              OldestActiveAddress(reader, merged.customer, id));
    merged.primary = successor.has_value() ? std::string(successor->bytes()) : "";
  }
  const bool deactivated = changed.deactivated();
  Address& stored = *merged.new_address.mutable_address();
  if (!merge.applied.empty()) {
    // What was filled in was filled in at capture, and isn't again. (A5, A6, F9)
    ChannelConfiguration channel = prepared.channel;
    channel.purposes.merge(channel.retired_purposes);
    if (changed.country().empty()) channel.default_country.clear();
    Customer owner;
    owner.set_name(CustomerName(merged.customer));
    COMPTOIR_ASSIGN_OR_RETURN(auto address, ChangeAddress(merged.old_address.address(), changed,
                                                          MaskOf(merge.applied), owner, channel));
    stored = std::move(*address.record.mutable_address());
  }
  stored.set_deactivated(deactivated);
  Mark(merged.conflicts, stored);
  return absl::OkStatus();
}

// The address that an operation is about; empty: none.
std::string AddressOf(const Operation& operation) {
  if (operation.has_create_address()) return operation.request_id();
  return operation.edit_address().address_id();
}

bool Overlap(const Operation& a, const Operation& b) {
  if (a.has_edit_customer() != b.has_edit_customer()) return false;
  if (!a.has_edit_customer()) return AddressOf(a) == AddressOf(b);
  const auto& others = b.edit_customer().changes();
  return std::any_of(a.edit_customer().changes().begin(), a.edit_customer().changes().end(),
                     [&](const FieldChange& change) {
                       return std::any_of(others.begin(), others.end(), [&](const auto& other) {
                         return other.path() == change.path();
                       });
                     });
}

}  // namespace

bool IsEdit(const Operation& operation) {
  return operation.has_edit_customer() || operation.has_edit_address();
}

const FieldChanges& ChangesIn(const Operation& operation) {
  return operation.has_edit_address() ? operation.edit_address().changes()
                                      : operation.edit_customer().changes();
}

absl::StatusOr<PreparedEdit> PrepareStagedEdit(const Reader& reader, const Operation& operation) {
  FieldViolations violations;
  const auto customer = IdOfBytes(operation.customer_id());
  const auto request = IdOfBytes(operation.request_id());
  if (!customer.has_value()) violations.Add("customer_id", "ID_INVALID", "Not a UUID's 16 bytes.");
  // That of a create is its customer's.
  if (!request.has_value() || request == customer) {
    violations.Add("request_id", "ID_INVALID", "Not a UUID of its own.");
  }
  if (operation.has_edit_address() &&
      !IdOfBytes(operation.edit_address().address_id()).has_value()) {
    violations.Add("address_id", "ID_INVALID", "Not a UUID's 16 bytes.");
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_RETURN_IF_ERROR(operation.has_edit_address()
                               ? CheckAddressChanges(ChangesIn(operation))
                               : CheckCustomerChanges(ChangesIn(operation)));
  PreparedEdit prepared;
  COMPTOIR_ASSIGN_OR_RETURN(prepared.channel,
                            ReadChannelConfiguration(reader, operation.channel()));
  return prepared;
}

absl::StatusOr<MergedEdit> MergeEdit(const Reader& reader, const Operation& operation,
                                     const PreparedEdit& prepared, const CustomerId& customer,
                                     absl::Time now) {
  MergedEdit merged{.customer = customer};
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(reader, customer));
  if (!record.has_value()) {
    return MakeError(Reason::kStorageCorrupt, "The customer of an edit is missing.");
  }
  merged.old_customer = *record;
  merged.new_customer = *std::move(record);
  if (operation.has_edit_customer()) {
    COMPTOIR_RETURN_IF_ERROR(MergeCustomer(reader, operation, prepared, now, merged));
    return merged;
  }
  merged.address = IdOfBytes(operation.edit_address().address_id());
  COMPTOIR_ASSIGN_OR_RETURN(auto address, FindAddress(reader, {customer, *merged.address}));
  if (!address.has_value()) return AddressNotFound(AddressName({customer, *merged.address}));
  merged.old_address = *address;
  merged.new_address = *std::move(address);
  COMPTOIR_RETURN_IF_ERROR(MergeAddress(reader, operation, prepared, merged));
  return merged;
}

absl::Status StoreMergedEdit(Transaction& transaction, const StagedRow& row,
                             const MergedEdit& merged, Sequence sequence, absl::Time now) {
  const Operation& operation = row.staged.operation();
  if (merged.address.has_value()) {
    AddressRecord address = merged.new_address;
    if (address.SerializeAsString() != merged.old_address.SerializeAsString()) {
      COMPTOIR_RETURN_IF_ERROR(StoreChangedAddress(transaction, {merged.customer, *merged.address},
                                                   merged.old_customer, merged.old_address, address,
                                                   sequence, now));
    }
    CustomerRecord customer = merged.old_customer;
    if (merged.primary.has_value() && *merged.primary != customer.primary_address_id()) {
      COMPTOIR_RETURN_IF_ERROR(
          StorePrimary(transaction, merged.customer, customer, *merged.primary, sequence, now));
    }
  } else if (CustomerRecord customer = merged.new_customer;
             SerializeDeterministically(customer) !=
             SerializeDeterministically(merged.old_customer)) {
    COMPTOIR_RETURN_IF_ERROR(StoreChangedCustomer(
        transaction, merged.customer, merged.old_customer, customer, sequence, now,
        {.channel = operation.channel(), .time = FromTimestamp(operation.capture_time())}));
  }
  if (!merged.conflicts.empty()) {
    PutConflict(transaction, row, merged.customer,
                merged.address.has_value() ? merged.old_address.address().update_time()
                                           : merged.old_customer.customer().update_time(),
                merged.conflicts, sequence, now);
  }
  RememberAppliedEdit(transaction, operation, merged.customer, sequence, now);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Outcome>> FindEditOutcome(const Reader& reader,
                                                       const CustomerId& customer,
                                                       const Uuid& request_id,
                                                       std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto applied, FindRequest(reader, request_id, request_digest));
  if (applied.has_value()) {
    const auto id = IdOfBytes(applied->customer_id());
    return Outcome{replication::v1::OPERATION_STATE_APPLIED, id.value_or(customer)};
  }
  return FindRemembered(reader, customer, request_id, request_digest);
}

absl::StatusOr<bool> IsApplied(const Reader& reader, const CustomerId& customer,
                               const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto outcome,
      FindEditOutcome(reader, customer, context.request_id, context.request_digest));
  if (!outcome.has_value()) return false;
  if (outcome->state == replication::v1::OPERATION_STATE_APPLIED) return true;
  return MakeError(Reason::kOperationDiscarded, "A person discarded the edit at HQ.");
}

void RememberAppliedEdit(Transaction& transaction, const Operation& operation,
                         const CustomerId& customer, Sequence sequence, absl::Time now) {
  RememberEdit(transaction,
               {.request_id = Uuid::FromBytes(operation.request_id()),
                .request_digest = operation.request_digest(),
                .now = now},
               customer, operation.edit_address().address_id(), sequence);
}

absl::StatusOr<bool> MayBeForgotten(const Reader& reader, const StagedRow& row, absl::Time now) {
  const absl::Time captured = FromTimestamp(row.staged.operation().capture_time());
  if (now - captured < kRequestOutcomeAgeMin) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                            FindUploadPosition(reader, row.staged.channel_service()));
  return held.has_value() && held->retired_lineages_size() > 0;
}

absl::StatusOr<bool> IsBehindOverlapping(const Reader& reader, const StagedRow& row) {
  const Operation& operation = row.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, StagedOfCustomer(reader, operation.customer_id()));
  return std::any_of(rows.begin(), rows.end(), [&](const StagedRow& other) {
    const Operation& before = other.staged.operation();
    return other.place < row.place &&
           other.staged.channel_service() == row.staged.channel_service() &&
           before.customer_digest() == operation.customer_digest() &&
           !before.has_create_customer() && Overlap(before, operation);
  });
}

absl::Status WakeOverlapping(Transaction& transaction, const Operation& operation) {
  if (operation.has_create_customer()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      auto waiting, WaitingBehindOthers(transaction, operation.customer_id(),
                                        operation.customer_digest(), kStagedPerCustomerMax));
  std::erase_if(waiting,
                [&](const StagedRow& row) { return !Overlap(operation, row.staged.operation()); });
  if (waiting.size() > kWokenMax) waiting.resize(kWokenMax);
  for (const StagedRow& old : waiting) {
    StagedRow ready = old;
    ready.queue = StagedQueue::kReady;
    ReplaceStaged(transaction, old, ready);
  }
  return absl::OkStatus();
}

}  // namespace comptoir::hq
