#include "hq-service/domain/operations/edit_correction.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "common/customer/rules/rules.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::FieldChange;
using replication::v1::Operation;

// What the edit saw in the fields that it changed.
template <typename Message>
Message Replaced(const Operation& operation) {
  Message replaced;
  for (const FieldChange& change : ChangesIn(operation)) {
    Message part;
    if (part.ParseFromString(change.replaced())) replaced.MergeFrom(part);
  }
  return replaced;
}

// HQ's customer by the create that the edit names.
absl::StatusOr<std::optional<storage::v1::CustomerRecord>> OwnerOf(const Reader& reader,
                                                                   const Operation& operation) {
  const auto id = IdOfBytes(operation.customer_id());
  if (!id.has_value()) return std::optional<storage::v1::CustomerRecord>();
  COMPTOIR_ASSIGN_OR_RETURN(const auto created,
                            FindCreateOutcome(reader, *id, operation.customer_digest()));
  if (!created.has_value()) return std::optional<storage::v1::CustomerRecord>();
  return FindCustomer(reader, created->customer);
}

absl::StatusOr<Customer> HeldCustomer(const Reader& reader, const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(auto owner, OwnerOf(reader, operation));
  if (owner.has_value()) return std::move(*owner->mutable_customer());
  return Replaced<Customer>(operation);
}

absl::StatusOr<Address> HeldAddress(const Reader& reader, const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, OwnerOf(reader, operation));
  const auto address = IdOfBytes(operation.edit_address().address_id());
  if (owner.has_value() && address.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(owner->customer().name()));
    COMPTOIR_ASSIGN_OR_RETURN(auto record, FindAddress(reader, {id, *address}));
    if (record.has_value()) {
      Address held = std::move(*record->mutable_address());
      held.set_primary(owner->primary_address_id() == address->bytes());
      return held;
    }
  }
  return Replaced<Address>(operation);
}

FieldNames FieldsInMask(const google::protobuf::FieldMask& mask) {
  return FieldNames(mask.paths().begin(), mask.paths().end());
}

// The edit's other changes, and the corrected ones.
FieldChanges Corrected(const FieldChanges& changes, const FieldNames& fields,
                       const FieldChanges& corrected) {
  FieldChanges all;
  for (const FieldChange& change : changes) {
    if (!fields.contains(change.path())) *all.Add() = change;
  }
  all.MergeFrom(corrected);
  return all;
}

template <typename Message>
void AddDifferences(const FieldNames& fields, const Message& before, const Message& after,
                    Correction& correction) {
  for (const std::string& path : fields) {
    const auto* const field = Message::descriptor()->FindFieldByName(path);
    if (field != nullptr) correction.changes.push_back(DifferenceIn(*field, before, after));
  }
}

absl::StatusOr<ChannelConfiguration> ChannelOf(const Reader& reader, const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(auto channel, ReadChannelConfiguration(reader, operation.channel()));
  channel.by_administrator = true;
  // A channel's field rules are for its store.
  channel.field_rules.clear();
  return channel;
}

absl::StatusOr<Correction> CorrectCustomerEdit(const Reader& reader, const Operation& operation,
                                               const v1::CorrectOperationRequest& request,
                                               absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const Customer held, HeldCustomer(reader, operation));
  Customer edited = held;
  Overlay(ChangesIn(operation), edited);
  COMPTOIR_ASSIGN_OR_RETURN(auto channel, ChannelOf(reader, operation));
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, request.customer(), channel));
  COMPTOIR_ASSIGN_OR_RETURN(
      const Customer corrected,
      ChangeCustomer(edited, request.customer(), request.update_mask(), channel, now));
  const FieldNames fields = FieldsInMask(request.update_mask());
  Correction correction{.operation = operation};
  *correction.operation.mutable_edit_customer()->mutable_changes() =
      Corrected(ChangesIn(operation), fields, ChangesOf(held, corrected, fields));
  AddDifferences(fields, edited, corrected, correction);
  return correction;
}

absl::StatusOr<Correction> CorrectAddressEdit(const Reader& reader, const Operation& operation,
                                              const v1::CorrectOperationRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const Address held, HeldAddress(reader, operation));
  COMPTOIR_ASSIGN_OR_RETURN(const Address edited, AddressAsEdited(reader, operation));
  COMPTOIR_ASSIGN_OR_RETURN(auto channel, ChannelOf(reader, operation));
  // What is blank stays blank.
  channel.default_country.clear();
  Customer owner;
  const auto id = IdOfBytes(operation.customer_id());
  if (id.has_value()) owner.set_name(CustomerName(*id));
  COMPTOIR_ASSIGN_OR_RETURN(
      const PreparedAddress prepared,
      ChangeAddress(edited, request.address(), request.update_mask(), owner, channel));
  const FieldNames fields = FieldsInMask(request.update_mask());
  Address corrected = prepared.record.address();
  corrected.set_primary(fields.contains(kPrimaryField) ? request.address().primary()
                                                       : edited.primary());
  Correction correction{.operation = operation};
  *correction.operation.mutable_edit_address()->mutable_changes() =
      Corrected(ChangesIn(operation), fields, ChangesOf(held, corrected, fields));
  AddDifferences(fields, edited, corrected, correction);
  return correction;
}

}  // namespace

absl::StatusOr<Customer> CustomerAsEdited(const Reader& reader, const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(Customer customer, HeldCustomer(reader, operation));
  Overlay(ChangesIn(operation), customer);
  return customer;
}

absl::StatusOr<Address> AddressAsEdited(const Reader& reader, const Operation& operation) {
  COMPTOIR_ASSIGN_OR_RETURN(Address address, HeldAddress(reader, operation));
  Overlay(ChangesIn(operation), address);
  const auto customer = IdOfBytes(operation.customer_id());
  const auto id = IdOfBytes(operation.edit_address().address_id());
  if (customer.has_value() && id.has_value()) address.set_name(AddressName({*customer, *id}));
  return address;
}

absl::StatusOr<Correction> CorrectEdit(const Reader& reader, const Operation& operation,
                                       const v1::CorrectOperationRequest& request, absl::Time now) {
  if (operation.has_edit_customer()) return CorrectCustomerEdit(reader, operation, request, now);
  return CorrectAddressEdit(reader, operation, request);
}

}  // namespace comptoir::hq
