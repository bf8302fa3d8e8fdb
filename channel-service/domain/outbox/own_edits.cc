#include "channel-service/domain/outbox/own_edits.h"

#include <set>
#include <vector>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/derive.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

Operation NewOperation(const OwnEdit& edit, const CustomerRecord& owner) {
  const auto customer = ParseCustomerName(owner.customer().name());
  COMPTOIR_CHECK_OK(customer);
  Operation operation;
  operation.set_customer_id(std::string(customer->bytes()));
  operation.set_request_id(std::string(edit.request_id.bytes()));
  operation.set_request_digest(edit.request_digest);
  operation.set_customer_digest(owner.request_digest());
  operation.set_channel(edit.channel.channel);
  *operation.mutable_capture_time() = ToTimestamp(edit.time);
  operation.set_configuration_version(edit.channel.version);
  return operation;
}

// The customer's unsettled edits, oldest first.
absl::StatusOr<std::vector<Operation>> UnsettledEdits(const Reader& reader,
                                                      const CustomerId& customer) {
  std::vector<Operation> edits;
  COMPTOIR_ASSIGN_OR_RETURN(auto items, OperationsOfCustomer(reader, customer));
  for (OutboxItem& item : items) {
    Operation& operation = *item.entry.mutable_operation();
    if (operation.has_edit_customer() || operation.has_edit_address()) {
      edits.push_back(std::move(operation));
    }
  }
  return edits;
}

absl::Status ReplayOn(Transaction& transaction, const CustomerRecord& stored,
                      const std::vector<Operation>& edits) {
  CustomerRecord replayed = stored;
  Customer& customer = *replayed.mutable_customer();
  bool any = false;
  for (const Operation& edit : edits) {
    if (!edit.has_edit_customer() || edit.customer_digest() != stored.request_digest()) continue;
    Overlay(edit.edit_customer().changes(), customer);
    *customer.mutable_update_time() = edit.capture_time();
    any = true;
  }
  if (!any || IsRejected(stored)) return absl::OkStatus();
  customer.set_display_name(DisplayName(customer));
  customer.set_edit_pending(true);
  PutCustomer(transaction, stored, replayed);
  return absl::OkStatus();
}

// True if there was anything to put on top.
absl::StatusOr<bool> ReplayOn(Transaction& transaction, const AddressKey& key,
                              const std::vector<Operation>& edits) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(transaction, key));
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindCustomer(transaction, key.customer));
  if (!stored.has_value()) return false;
  AddressRecord replayed = *stored;
  Address& address = *replayed.mutable_address();
  bool any = false;
  for (const Operation& edit : edits) {
    if (edit.edit_address().address_id() != key.address.bytes()) continue;
    const bool of_another =
        owner.has_value() &&
        (IsRejected(*owner) || edit.customer_digest() != owner->request_digest());
    if (of_another) continue;
    Overlay(edit.edit_address().changes(), address);
    *address.mutable_update_time() = edit.capture_time();
    any = true;
  }
  if (!any) return false;
  // The customer's to know.
  address.clear_primary();
  address.set_edit_pending(true);
  PutAddress(transaction, stored, replayed);
  return true;
}

}  // namespace

Operation CustomerEditOperation(const OwnEdit& edit, const FieldChanges& changes,
                                const CustomerRecord& owner) {
  Operation operation = NewOperation(edit, owner);
  *operation.mutable_edit_customer()->mutable_changes() = changes;
  return operation;
}

Operation AddressEditOperation(const OwnEdit& edit, const FieldChanges& changes,
                               const CustomerRecord& owner, const AddressId& address) {
  Operation operation = NewOperation(edit, owner);
  operation.mutable_edit_address()->set_address_id(std::string(address.bytes()));
  *operation.mutable_edit_address()->mutable_changes() = changes;
  return operation;
}

absl::Status CheckOwnEdit(const Operation& operation) {
  absl::Status changes;
  if (operation.has_edit_address()) {
    changes = CheckAddressChanges(operation.edit_address().changes());
    if (!IsIdBytes(operation.edit_address().address_id())) changes = absl::InternalError("no id");
  } else {
    changes = CheckCustomerChanges(operation.edit_customer().changes());
  }
  if (changes.ok()) return absl::OkStatus();
  return MakeError(Reason::kStorageCorrupt, "An operation isn't what it says.");
}

absl::Status ReplayOwnEdits(Transaction& transaction, const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto edits, UnsettledEdits(transaction, customer));
  if (edits.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, customer));
  if (!stored.has_value()) return absl::OkStatus();
  return ReplayOn(transaction, *stored, edits);
}

absl::Status ReplayOwnAddressEdits(Transaction& transaction, const AddressKey& key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto edits, UnsettledEdits(transaction, key.customer));
  if (edits.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const bool replayed, ReplayOn(transaction, key, edits));
  if (!replayed) return absl::OkStatus();
  return ReplayOwnAddresses(transaction, key.customer);
}

absl::Status ReplayAllOwnEdits(Transaction& transaction, const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto edits, UnsettledEdits(transaction, customer));
  std::set<std::string> addresses;
  for (const Operation& edit : edits) {
    if (edit.has_edit_address()) addresses.insert(edit.edit_address().address_id());
  }
  bool replayed = false;
  for (const std::string& id : addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool any,
                              ReplayOn(transaction, {customer, Uuid::FromBytes(id)}, edits));
    replayed = replayed || any;
  }
  COMPTOIR_RETURN_IF_ERROR(ReplayOwnEdits(transaction, customer));
  return replayed ? ReplayOwnAddresses(transaction, customer) : absl::OkStatus();
}

}  // namespace comptoir::channel
