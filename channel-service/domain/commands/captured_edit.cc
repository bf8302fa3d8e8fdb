#include "channel-service/domain/commands/captured_edit.h"

#include <algorithm>
#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/field_changes.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/rules.h"
#include "common/storage/request_log.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::DeactivateAddressRequest;
using customer::v1::UpdateAddressRequest;
using customer::v1::UpdateCustomerRequest;
using replication::v1::Operation;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

struct Owned {
  AddressKey key;
  CustomerRecord customer;
  AddressRecord address;

  bool is_primary() const { return customer.primary_address_id() == key.address.bytes(); }
  // As changes are told by: the primary flag with the rest.
  Address Shown() const {
    Address shown = address.address();
    shown.set_primary(is_primary());
    return shown;
  }
};

absl::StatusOr<Owned> FindEditable(const Reader& reader, std::string_view name, const char* field) {
  Owned owned;
  COMPTOIR_ASSIGN_OR_RETURN(owned.key, ParseAddressName(name, field));
  COMPTOIR_ASSIGN_OR_RETURN(owned.customer, FindChangeable(reader, owned.key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(auto address, FindAddress(reader, owned.key));
  if (!address.has_value()) return AddressNotFound(name);
  owned.address = *std::move(address);
  return owned;
}

// Committed here before: remembered, or unsettled for longer than that.
absl::StatusOr<bool> IsCommitted(const Reader& reader, const CustomerId& customer,
                                 const OwnEdit& edit) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto done,
                            FindRequest(reader, edit.request_id, edit.request_digest));
  if (done.has_value()) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto items, OperationsOfCustomer(reader, customer));
  return std::any_of(items.begin(), items.end(), [&](const OutboxItem& item) {
    return item.entry.operation().request_id() == edit.request_id.bytes() &&
           item.entry.operation().request_digest() == edit.request_digest;
  });
}

// The UUID of a customer or an address is the request id of its create.
absl::Status CheckRequestId(const OwnEdit& edit, const CustomerId& customer) {
  if (edit.request_id != customer) return absl::OkStatus();
  return MakeError(Reason::kRequestIdReused, "The id is that of the customer's create.");
}

FieldNames FieldsOf(const google::protobuf::FieldMask& mask) {
  return FieldNames(mask.paths().begin(), mask.paths().end());
}

// The last writes of each command.
void Remember(Transaction& transaction, const OwnEdit& edit, const CustomerId& customer,
              std::string_view address_id, uint64_t version) {
  storage::v1::RequestOutcome outcome;
  outcome.set_request_digest(edit.request_digest);
  outcome.set_customer_id(std::string(customer.bytes()));
  outcome.set_address_id(std::string(address_id));
  outcome.set_version(version);
  *outcome.mutable_commit_time() = ToTimestamp(edit.time);
  RememberRequest(transaction, edit.request_id, outcome);
}

absl::StatusOr<Customer> ViewOf(const Reader& reader, const CustomerId& id,
                                std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord record, FindChangeable(reader, id));
  return ReadCustomerView(reader, record, language);
}

absl::StatusOr<Address> ViewOf(const Reader& reader, std::string_view name, const char* field) {
  COMPTOIR_ASSIGN_OR_RETURN(const Owned owned, FindEditable(reader, name, field));
  return AddressView(owned.address, owned.customer);
}

// Stores what `changes` made of the address: `changed` is its record afterwards.
absl::StatusOr<EditReply<Address>> StoreEdit(Transaction& transaction, const Owned& owned,
                                             AddressRecord changed, const FieldChanges& changes,
                                             const OwnEdit& edit, uint64_t operations_max) {
  COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
  if (!changes.empty()) COMPTOIR_RETURN_IF_ERROR(CheckRoom(state, operations_max));

  Remember(transaction, edit, owned.key.customer, owned.key.address.bytes(),
           owned.address.version());
  if (changes.empty()) {
    return EditReply<Address>{.view = AddressView(owned.address, owned.customer)};
  }
  COMPTOIR_RETURN_IF_ERROR(AppendOperation(
      transaction, state, AddressEditOperation(edit, changes, owned.customer, owned.key.address)));
  changed.mutable_address()->set_edit_pending(true);
  *changed.mutable_address()->mutable_update_time() = ToTimestamp(edit.time);
  PutAddress(transaction, owned.address, changed);
  COMPTOIR_RETURN_IF_ERROR(ReplayOwnAddresses(transaction, owned.key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, owned.key.customer));
  return EditReply<Address>{.view = AddressView(changed, customer.value_or(owned.customer)),
                            .is_new = true};
}

}  // namespace

absl::StatusOr<EditReply<Customer>> CaptureEdit(Transaction& transaction,
                                                const UpdateCustomerRequest& request,
                                                const OwnEdit& edit, uint64_t operations_max,
                                                std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id,
                            ParseCustomerName(request.customer().name(), "customer.name"));
  COMPTOIR_RETURN_IF_ERROR(CheckRequestId(edit, id));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(transaction, id, edit));
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord old, FindChangeable(transaction, id));
  if (done) {
    COMPTOIR_ASSIGN_OR_RETURN(Customer view, ReadCustomerView(transaction, old, language));
    return EditReply<Customer>{.view = std::move(view)};
  }
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), CustomerEtag(old)));
  ChannelConfiguration channel = edit.channel;
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(transaction, request.customer(), channel));
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(transaction, old.customer(), channel));
  COMPTOIR_ASSIGN_OR_RETURN(
      Customer changed, ChangeCustomer(old.customer(), request.customer(), request.update_mask(),
                                       channel, edit.time));
  const FieldChanges changes = ChangesOf(old.customer(), changed, FieldsOf(request.update_mask()));
  COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
  if (!changes.empty()) COMPTOIR_RETURN_IF_ERROR(CheckRoom(state, operations_max));

  Remember(transaction, edit, id, /*address_id=*/"", old.version());
  CustomerRecord record = old;
  if (!changes.empty()) {
    COMPTOIR_RETURN_IF_ERROR(
        AppendOperation(transaction, state, CustomerEditOperation(edit, changes, old)));
    *record.mutable_customer() = changed;
    record.mutable_customer()->clear_warnings();
    record.mutable_customer()->set_edit_pending(true);
    *record.mutable_customer()->mutable_update_time() = ToTimestamp(edit.time);
    PutCustomer(transaction, old, record);
  }
  COMPTOIR_ASSIGN_OR_RETURN(Customer view, ReadCustomerView(transaction, record, language));
  view.mutable_warnings()->Swap(changed.mutable_warnings());
  return EditReply<Customer>{.view = std::move(view), .is_new = !changes.empty()};
}

absl::StatusOr<EditReply<Address>> CaptureEdit(Transaction& transaction,
                                               const UpdateAddressRequest& request,
                                               const OwnEdit& edit, uint64_t operations_max,
                                               std::string_view) {
  COMPTOIR_ASSIGN_OR_RETURN(const Owned owned,
                            FindEditable(transaction, request.address().name(), "address.name"));
  COMPTOIR_RETURN_IF_ERROR(CheckRequestId(edit, owned.key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(transaction, owned.key.customer, edit));
  if (done) return EditReply<Address>{.view = AddressView(owned.address, owned.customer)};
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), AddressEtag(owned.address)));
  COMPTOIR_RETURN_IF_ERROR(
      CheckPrimaryChange(request, owned.address.address(), owned.is_primary()));
  COMPTOIR_ASSIGN_OR_RETURN(
      auto prepared, ChangeAddress(owned.address.address(), request.address(),
                                   request.update_mask(), owned.customer.customer(), edit.channel));
  AddressRecord changed = owned.address;
  *changed.mutable_address() = std::move(*prepared.record.mutable_address());
  Address after = changed.address();
  after.set_primary(owned.is_primary() ||
                    (Names(request.update_mask(), kPrimaryField) && request.address().primary()));
  const FieldChanges changes = ChangesOf(owned.Shown(), after, FieldsOf(request.update_mask()));
  COMPTOIR_ASSIGN_OR_RETURN(
      auto reply, StoreEdit(transaction, owned, std::move(changed), changes, edit, operations_max));
  for (const auto& warning : prepared.warnings) *reply.view.add_warnings() = warning;
  return reply;
}

absl::StatusOr<EditReply<Address>> CaptureEdit(Transaction& transaction,
                                               const DeactivateAddressRequest& request,
                                               const OwnEdit& edit, uint64_t operations_max,
                                               std::string_view) {
  COMPTOIR_ASSIGN_OR_RETURN(const Owned owned, FindEditable(transaction, request.name(), "name"));
  COMPTOIR_RETURN_IF_ERROR(CheckRequestId(edit, owned.key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(transaction, owned.key.customer, edit));
  if (done) return EditReply<Address>{.view = AddressView(owned.address, owned.customer)};
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), AddressEtag(owned.address)));
  AddressRecord changed = owned.address;
  changed.mutable_address()->set_deactivated(true);
  const FieldChanges changes =
      ChangesOf(owned.address.address(), changed.address(), {kDeactivatedField});
  return StoreEdit(transaction, owned, std::move(changed), changes, edit, operations_max);
}

absl::StatusOr<std::optional<Customer>> FindCommitted(const Reader& reader,
                                                      const UpdateCustomerRequest& request,
                                                      const OwnEdit& edit,
                                                      std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id,
                            ParseCustomerName(request.customer().name(), "customer.name"));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(reader, id, edit));
  if (!done) return std::nullopt;
  return ViewOf(reader, id, language);
}

absl::StatusOr<std::optional<Address>> FindCommitted(const Reader& reader,
                                                     const UpdateAddressRequest& request,
                                                     const OwnEdit& edit, std::string_view) {
  const std::string& name = request.address().name();
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(name, "address.name"));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(reader, key.customer, edit));
  if (!done) return std::nullopt;
  return ViewOf(reader, name, "address.name");
}

absl::StatusOr<std::optional<Address>> FindCommitted(const Reader& reader,
                                                     const DeactivateAddressRequest& request,
                                                     const OwnEdit& edit, std::string_view) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsCommitted(reader, key.customer, edit));
  if (!done) return std::nullopt;
  return ViewOf(reader, request.name(), "name");
}

}  // namespace comptoir::channel
