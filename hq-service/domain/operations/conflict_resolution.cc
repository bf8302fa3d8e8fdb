#include "hq-service/domain/operations/conflict_resolution.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/captured_change.h"
#include "common/customer/rules/contacts.h"
#include "common/customer/rules/field_changes.h"
#include "common/customer/rules/rules.h"
#include "common/customer/rules/validate.h"
#include "common/storage/record_io.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/customers/new_address.h"
#include "hq-service/domain/operations/conflicts.h"
#include "hq-service/domain/operations/operation_history.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::FieldChange;
using storage::v1::AddressRecord;
using storage::v1::ConflictRecord;
using storage::v1::CustomerRecord;

// Which fields are decided, and how.
struct Decided {
  FieldNames fields;
  FieldChanges taken;  // the store's
};

absl::StatusOr<Decided> ReadDecisions(const v1::ResolveConflictRequest& request,
                                      const ConflictRecord& record) {
  Decided decided;
  FieldViolations violations;
  const auto decide = [&](const std::string& field, const char* in) -> const FieldChange* {
    const auto found = std::find_if(record.changes().begin(), record.changes().end(),
                                    [&](const auto& change) { return change.path() == field; });
    if (found != record.changes().end() && decided.fields.insert(field).second) return &*found;
    violations.Add(in, "CONFLICT_FIELD_INVALID", "Not a field in conflict, or named twice.");
    return nullptr;
  };
  for (const std::string& field : request.take_store()) {
    if (const FieldChange* const change = decide(field, "take_store")) {
      *decided.taken.Add() = *change;
    }
  }
  for (const std::string& field : request.keep_hq()) decide(field, "keep_hq");
  for (const std::string& field : request.update_mask().paths()) decide(field, "update_mask");
  if (decided.fields.empty() && violations.empty()) {
    violations.Add("take_store", "REQUIRED", "Decide at least one field.");
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  return decided;
}

FieldNames NamesOf(const FieldChanges& changes) {
  FieldNames names;
  for (const FieldChange& change : changes) names.insert(change.path());
  return names;
}

// The marks that another conflict doesn't need.
template <typename Message>
absl::Status RemoveMarks(const Reader& reader, const ConflictName& name,
                         const ConflictRecord& record, const FieldNames& decided,
                         Message& message) {
  std::vector<std::string> kept;
  for (const std::string& field : message.conflicted_fields()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool needed, IsInAnotherConflict(reader, name, record, field));
    if (needed || !decided.contains(field)) kept.push_back(field);
  }
  message.mutable_conflicted_fields()->Assign(kept.begin(), kept.end());
  return absl::OkStatus();
}

ConflictRecord Remaining(const ConflictRecord& record, const FieldNames& decided) {
  ConflictRecord remaining = record;
  remaining.clear_changes();
  for (const FieldChange& change : record.changes()) {
    if (!decided.contains(change.path())) *remaining.add_changes() = change;
  }
  return remaining;
}

// The customer as it was decided. Consent that the store took is dated there.
absl::StatusOr<Customer> DecidedCustomer(const Reader& reader, const Customer& held,
                                         const v1::ResolveConflictRequest& request,
                                         const Decided& decided, absl::Time now) {
  Customer taken = held;
  Overlay(decided.taken, taken);
  Customer changed = taken;
  FieldNames fields = NamesOf(decided.taken);
  FieldViolations violations;
  if (!request.update_mask().paths().empty()) {
    Customer given = request.customer();
    ClearOutputOnlyFields(given);
    fields.merge(ApplyMask(request.update_mask(), given, changed, violations));
    StampConsents(changed, taken, now, /*channel=*/"");
  }
  if (fields.empty()) return held;
  COMPTOIR_ASSIGN_OR_RETURN(auto channel, ResolveChannelOr(reader, "", held.channel()));
  channel.channel.clear();
  channel.field_rules.clear();
  channel.by_administrator = true;
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, changed, channel));
  FieldCheck check(violations, "", &fields);
  CheckCaptured(changed, held, channel, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));
  return TakeCapturedChange(held, std::move(changed), fields, channel, now);
}

// What is written for one conflict, and what is audited.
struct Resolution {
  ConflictName name;
  ConflictRecord record;
  Decided decided;
  std::vector<v1::FieldDifference> changes;
};

template <typename Message>
void AddDifferences(const Message& before, const Message& after, Resolution& resolution) {
  for (const std::string& path : resolution.decided.fields) {
    const auto* const field = Message::descriptor()->FindFieldByName(path);
    if (field != nullptr) resolution.changes.push_back(DifferenceIn(*field, before, after));
  }
}

absl::Status Finish(Transaction& transaction, const v1::ResolveConflictRequest& request,
                    const Resolution& resolution, const std::optional<Uuid>& request_id,
                    Sequence sequence, const Administrator& administrator) {
  ReplaceConflict(transaction, resolution.name,
                  Remaining(resolution.record, resolution.decided.fields));
  v1::OperationAction entry;
  entry.set_resource(request.name());
  entry.set_action(kResolveAction);
  *entry.mutable_time() = ToTimestamp(administrator.now);
  entry.set_caller(administrator.caller);
  entry.set_customer(CustomerName(resolution.name.customer));
  for (const v1::FieldDifference& change : resolution.changes) *entry.add_changes() = change;
  AppendAction(transaction, entry, sequence);
  if (!request_id.has_value()) return absl::OkStatus();
  RememberEdit(transaction,
               {.request_id = *request_id,
                .request_digest = Sha256(SerializeDeterministically(request)),
                .now = administrator.now},
               resolution.name.customer, resolution.record.address_id(), sequence);
  return absl::OkStatus();
}

absl::Status ResolveCustomer(Transaction& transaction, const v1::ResolveConflictRequest& request,
                             Resolution& resolution, const std::optional<Uuid>& request_id,
                             const Administrator& administrator) {
  const CustomerId& id = resolution.name.customer;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord old, FindSyncedCustomer(transaction, id));
  CustomerRecord record = old;
  COMPTOIR_ASSIGN_OR_RETURN(
      *record.mutable_customer(),
      DecidedCustomer(transaction, old.customer(), request, resolution.decided, administrator.now));
  COMPTOIR_RETURN_IF_ERROR(RemoveMarks(transaction, resolution.name, resolution.record,
                                       resolution.decided.fields, *record.mutable_customer()));
  AddDifferences(old.customer(), record.customer(), resolution);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  // HQ's value stays, and another conflict still needs the mark.
  if (SerializeDeterministically(record) != SerializeDeterministically(old)) {
    COMPTOIR_RETURN_IF_ERROR(
        StoreChangedCustomer(transaction, id, old, record, sequence, administrator.now));
  }
  return Finish(transaction, request, resolution, request_id, sequence, administrator);
}

absl::Status ResolveAddress(Transaction& transaction, const v1::ResolveConflictRequest& request,
                            Resolution& resolution, const std::optional<Uuid>& request_id,
                            const Administrator& administrator) {
  const AddressKey key{resolution.name.customer, Uuid::FromBytes(resolution.record.address_id())};
  COMPTOIR_ASSIGN_OR_RETURN(CustomerRecord customer, FindSyncedCustomer(transaction, key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto old, FindAddress(transaction, key));
  if (!old.has_value()) return AddressNotFound(AddressName(key));
  const bool is_primary = customer.primary_address_id() == key.address.bytes();
  Address held = old->address();
  held.set_primary(is_primary);
  Address changed = held;
  Overlay(resolution.decided.taken, changed);
  FieldNames fields = NamesOf(resolution.decided.taken);
  FieldViolations violations;
  if (!request.update_mask().paths().empty()) {
    fields.merge(ApplyMask(request.update_mask(), request.address(), changed, violations));
  }
  const bool becomes_primary = fields.contains(kPrimaryField) && changed.primary();
  if (becomes_primary && held.deactivated()) {
    violations.Add("address.primary", "ADDRESS_DEACTIVATED", "A deactivated address cannot be.");
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  AddressRecord record = *old;
  fields.erase(kPrimaryField);
  if (!fields.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(auto channel,
                              ResolveChannelOr(transaction, "", customer.customer().channel()));
    channel.default_country.clear();
    google::protobuf::FieldMask mask;
    for (const std::string& field : fields) mask.add_paths(field);
    COMPTOIR_ASSIGN_OR_RETURN(
        auto prepared, ChangeAddress(old->address(), changed, mask, customer.customer(), channel));
    *record.mutable_address() = std::move(*prepared.record.mutable_address());
  }
  COMPTOIR_RETURN_IF_ERROR(RemoveMarks(transaction, resolution.name, resolution.record,
                                       resolution.decided.fields, *record.mutable_address()));
  AddDifferences(held, changed, resolution);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  if (SerializeDeterministically(record) != SerializeDeterministically(*old)) {
    COMPTOIR_RETURN_IF_ERROR(
        StoreChangedAddress(transaction, key, customer, *old, record, sequence, administrator.now));
  }
  if (becomes_primary && !is_primary) {
    COMPTOIR_RETURN_IF_ERROR(StorePrimary(transaction, key.customer, customer, key.address.bytes(),
                                          sequence, administrator.now));
  }
  return Finish(transaction, request, resolution, request_id, sequence, administrator);
}

absl::StatusOr<std::optional<Uuid>> RequestIdIn(const v1::ResolveConflictRequest& request) {
  if (request.request_id().empty()) return std::optional<Uuid>();
  return ParseRequestId(request.request_id());
}

}  // namespace

absl::StatusOr<v1::Conflict> ResolveConflict(Transaction& transaction,
                                             const v1::ResolveConflictRequest& request,
                                             const Administrator& administrator) {
  Resolution resolution;
  COMPTOIR_ASSIGN_OR_RETURN(resolution.name, ParseConflictName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto request_id, RequestIdIn(request));
  COMPTOIR_ASSIGN_OR_RETURN(const auto found, FindConflict(transaction, resolution.name));
  if (request_id.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto done,
        FindRequest(transaction, *request_id, Sha256(SerializeDeterministically(request))));
    if (done.has_value()) {
      return ConflictView(transaction, resolution.name, found.value_or(ConflictRecord()));
    }
  }
  if (!found.has_value()) {
    return MakeError(Reason::kRecordNotFound, "No such conflict, or it is resolved.",
                     {{"conflict", NameOf(resolution.name)}});
  }
  resolution.record = *found;
  COMPTOIR_ASSIGN_OR_RETURN(resolution.decided, ReadDecisions(request, *found));
  COMPTOIR_RETURN_IF_ERROR(
      found->address_id().empty()
          ? ResolveCustomer(transaction, request, resolution, request_id, administrator)
          : ResolveAddress(transaction, request, resolution, request_id, administrator));
  return ConflictView(transaction, resolution.name, Remaining(*found, resolution.decided.fields));
}

}  // namespace comptoir::hq
