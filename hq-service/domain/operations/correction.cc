#include "hq-service/domain/operations/correction.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/contacts.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/rules.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/conversion/staged_address.h"
#include "hq-service/domain/operations/edit_correction.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;

constexpr char kAddresses[] = "addresses";
constexpr char kName[] = "name";

// Without the paths that an update of a customer doesn't take.
google::protobuf::FieldMask FieldsOf(const google::protobuf::FieldMask& mask) {
  google::protobuf::FieldMask fields;
  for (const std::string& path : mask.paths()) {
    if (path != kAddresses && path != kName) fields.add_paths(path);
  }
  return fields;
}

// Every address with the name that it has at its store.
void NameAddresses(Operation& operation, const CustomerId& id) {
  const std::vector<AddressId> ids = AddressIdsOf(operation, id);
  auto& addresses = *operation.mutable_create_customer()->mutable_customer()->mutable_addresses();
  for (int place = 0; place < addresses.size(); ++place) {
    addresses[place].set_name(AddressName({id, ids[static_cast<size_t>(place)]}));
  }
}

const Address* FindByName(const Customer& captured, const std::string& name) {
  for (const Address& address : captured.addresses()) {
    if (address.name() == name) return &address;
  }
  return nullptr;
}

// An address that wasn't captured has no place at the store; it is added when the customer is home.
void CorrectAddresses(const Customer& change, Customer& captured, FieldViolations& violations) {
  google::protobuf::RepeatedPtrField<Address> corrected;
  for (int place = 0; place < change.addresses_size(); ++place) {
    const Address* const known = FindByName(captured, change.addresses(place).name());
    if (known == nullptr) {
      violations.Add(absl::StrCat("customer.addresses[", place, "].name"), "NAME_INVALID",
                     "Not the name of a captured address.");
      continue;
    }
    Address& address = *corrected.Add();
    address = change.addresses(place);
    *address.mutable_create_time() = known->create_time();
    *address.mutable_update_time() = known->update_time();
  }
  *captured.mutable_addresses() = std::move(corrected);
  captured.clear_primary_address();
}

// What a person puts right is held to today's definitions; what was captured stays what it was. A
// channel's field rules are for its store. (F9)
absl::Status CheckCorrected(const Reader& reader, const Operation& operation,
                            const Customer& captured, const Customer& before,
                            const FieldNames& corrected, FieldViolations& violations) {
  auto channel = ReadChannelConfiguration(reader, operation.channel());
  // Such an operation waits for its channel, corrected or not.
  if (!channel.ok()) return absl::OkStatus();
  channel->by_administrator = true;
  channel->field_rules.clear();
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, captured, *channel));
  FieldCheck check(violations, "", &corrected);
  CheckCaptured(captured, before, *channel, check);
  return absl::OkStatus();
}

// What follows from the captured fields is captured anew.
void TakeDerived(const PreparedCustomer& prepared, Customer& captured) {
  const Customer before = captured;
  captured = prepared.record.customer();
  captured.set_channel(before.channel());
  *captured.mutable_create_time() = before.create_time();
  *captured.mutable_update_time() = before.update_time();
  for (size_t place = 0; place < prepared.addresses.size(); ++place) {
    Address& address = *captured.add_addresses();
    address = prepared.addresses[place].address();
    const auto key = ParseAddressName(address.name());
    address.set_primary(key.ok() && key->address.bytes() == prepared.record.primary_address_id());
    const Address& old = before.addresses(static_cast<int>(place));
    *address.mutable_create_time() = old.create_time();
    *address.mutable_update_time() = old.update_time();
  }
}

absl::StatusOr<Correction> CorrectCreate(const Reader& reader, const Operation& operation,
                                         const v1::CorrectOperationRequest& request,
                                         absl::Time now) {
  const auto id = IdOfBytes(operation.customer_id());
  Correction correction{.operation = operation};
  if (id.has_value()) NameAddresses(correction.operation, *id);
  Customer& captured = *correction.operation.mutable_create_customer()->mutable_customer();
  const Customer before = captured;
  Customer change = request.customer();
  ClearOutputOnlyFields(change);

  FieldViolations violations;
  const google::protobuf::FieldMask fields = FieldsOf(request.update_mask());
  if (fields.paths_size() > 0 || request.update_mask().paths().empty()) {
    FieldNames changed = ApplyMask(fields, change, captured, violations);
    COMPTOIR_RETURN_IF_ERROR(
        CheckCorrected(reader, operation, captured, before, changed, violations));
    StampConsents(captured, before, now, operation.channel());
  }
  if (Names(request.update_mask(), kAddresses)) CorrectAddresses(change, captured, violations);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));
  const auto prepared = PrepareStagedCreate(reader, correction.operation, now);
  if (IsRefusal(prepared.status())) return prepared.status();
  if (prepared.ok()) TakeDerived(*prepared, captured);

  for (const std::string& path : request.update_mask().paths()) {
    const auto* const field = Customer::descriptor()->FindFieldByName(path);
    if (path == kName || field == nullptr) continue;
    correction.changes.push_back(DifferenceIn(*field, before, captured));
  }
  return correction;
}

absl::StatusOr<Correction> CorrectAddress(const Reader& reader, const Operation& operation,
                                          const v1::CorrectOperationRequest& request) {
  Correction correction{.operation = operation};
  Address& captured = *correction.operation.mutable_create_address()->mutable_address();
  const Address before = captured;
  Address change = request.address();
  ClearOutputOnlyFields(change);
  FieldViolations violations;
  ApplyMask(request.update_mask(), change, captured, violations);
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  const auto prepared = PrepareStagedAddress(reader, correction.operation);
  if (IsRefusal(prepared.status())) return prepared.status();
  if (prepared.ok()) {
    captured = prepared->record.address();
    captured.set_primary(prepared->primary);
    captured.set_pending(before.pending());
    *captured.mutable_create_time() = before.create_time();
    *captured.mutable_update_time() = before.update_time();
  }
  for (const std::string& path : request.update_mask().paths()) {
    const auto* const field = Address::descriptor()->FindFieldByName(path);
    if (field != nullptr) correction.changes.push_back(DifferenceIn(*field, before, captured));
  }
  return correction;
}

}  // namespace

bool MovesToAnotherId(const v1::CorrectOperationRequest& request) {
  return Names(request.update_mask(), kName);
}

absl::StatusOr<Correction> Correct(const Reader& reader, const Operation& operation,
                                   const v1::CorrectOperationRequest& request, absl::Time now) {
  switch (operation.kind_case()) {
    case Operation::kCreateCustomer:
      return CorrectCreate(reader, operation, request, now);
    case Operation::kCreateAddress:
      return CorrectAddress(reader, operation, request);
    case Operation::kEditCustomer:
    case Operation::kEditAddress:
      return CorrectEdit(reader, operation, request, now);
    default:
      return MakeError(Reason::kNotSupportedYet, "This version doesn't know such operations.");
  }
}

void TakeCaptured(const Operation& corrected, Operation& operation) {
  if (corrected.has_create_address()) {
    *operation.mutable_create_address() = corrected.create_address();
  } else if (corrected.has_edit_customer()) {
    *operation.mutable_edit_customer() = corrected.edit_customer();
  } else if (corrected.has_edit_address()) {
    *operation.mutable_edit_address() = corrected.edit_address();
  } else {
    *operation.mutable_create_customer() = corrected.create_customer();
  }
}

Operation MovedCreate(const Operation& operation, const CustomerId& id) {
  Operation moved = operation;
  moved.set_customer_id(std::string(id.bytes()));
  moved.set_request_id(std::string(id.bytes()));
  Customer& captured = *moved.mutable_create_customer()->mutable_customer();
  captured.set_name(CustomerName(id));
  captured.clear_primary_address();
  for (int place = 0; place < captured.addresses_size(); ++place) {
    captured.mutable_addresses(place)->set_name(AddressName({id, DerivedAddressId(id, place)}));
  }
  return moved;
}

}  // namespace comptoir::hq
