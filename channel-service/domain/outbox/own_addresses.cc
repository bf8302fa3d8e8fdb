#include "channel-service/domain/outbox/own_addresses.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "common/storage/key_codec.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using replication::v1::Operation;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

AddressRecord RecordOf(const OwnAddress& own) {
  AddressRecord record;
  record.set_request_digest(own.operation.request_digest());
  // Younger than all that HQ has placed.
  record.set_created_sequence(std::numeric_limits<uint64_t>::max());
  record.set_created_ordinal(static_cast<uint32_t>(own.operation.sequence()));
  Address& address = *record.mutable_address();
  address = own.operation.create_address().address();
  address.clear_primary();
  address.set_pending(true);
  return record;
}

bool BecomesPrimary(const OwnAddress& own, const CustomerRecord& owner) {
  return own.operation.create_address().address().primary() || owner.primary_address_id().empty();
}

std::string HqPrimaryKey(const CustomerId& customer) {
  return KeyWriter().Rest(HqPrimaryPrefix()).Id(customer).key();
}

// Makes one of the store's own addresses primary; which one is so at HQ is kept beside.
absl::Status PutPrimary(Transaction& transaction, const CustomerId& id,
                        const CustomerRecord& stored, const std::string& primary) {
  if (stored.primary_address_id() == primary) return absl::OkStatus();
  const std::string key = HqPrimaryKey(id);
  COMPTOIR_ASSIGN_OR_RETURN(const auto kept, transaction.Get(Table::kIndex, key));
  if (!kept.has_value()) transaction.Put(Table::kIndex, key, stored.primary_address_id());
  CustomerRecord changed = stored;
  changed.set_primary_address_id(primary);
  PutCustomer(transaction, stored, changed);
  return absl::OkStatus();
}

// HQ's primary address, if one of the store's own stands in its place; it isn't kept any longer.
absl::StatusOr<std::optional<std::string>> TakeHqPrimary(Transaction& transaction,
                                                         const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(auto kept, FindHqPrimary(transaction, id));
  if (kept.has_value()) transaction.Delete(Table::kIndex, HqPrimaryKey(id));
  return kept;
}

bool IsOnAddress(const Operation& operation) {
  return operation.has_create_address() || operation.has_edit_address();
}

// The unsettled operations on addresses of a customer, oldest first.
absl::StatusOr<std::vector<Operation>> Unsettled(const Reader& reader, const CustomerId& customer) {
  std::vector<Operation> unsettled;
  COMPTOIR_ASSIGN_OR_RETURN(auto items, OperationsOfCustomer(reader, customer));
  for (OutboxItem& item : items) {
    Operation& operation = *item.entry.mutable_operation();
    if (IsOnAddress(operation)) unsettled.push_back(std::move(operation));
  }
  return unsettled;
}

bool Changes(const Operation& edit, std::string_view field) {
  const auto& changes = edit.edit_address().changes();
  return std::any_of(changes.begin(), changes.end(),
                     [&](const auto& change) { return change.path() == field; });
}

// What an edit of an address, whose record shows it already, means for which one is primary. (A7)
absl::Status ReplayPrimary(const Reader& reader, const Operation& edit, const CustomerId& customer,
                           CustomerRecord& replayed) {
  const AddressKey key{customer, Uuid::FromBytes(edit.edit_address().address_id())};
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(reader, key));
  if (!stored.has_value()) return absl::OkStatus();
  const bool primary = replayed.primary_address_id() == key.address.bytes();
  if (primary && Changes(edit, kDeactivatedField)) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto successor,
                              OldestActiveAddress(reader, customer, key.address));
    replayed.set_primary_address_id(successor.has_value() ? std::string(successor->bytes()) : "");
  } else if (Changes(edit, kPrimaryField) && !stored->address().deactivated()) {
    replayed.set_primary_address_id(std::string(key.address.bytes()));
  }
  return absl::OkStatus();
}

}  // namespace

Operation AddressOperation(const PreparedAddress& prepared, std::string_view request_digest,
                           const CustomerRecord& owner, const ChannelConfiguration& channel,
                           absl::Time now) {
  const auto customer = ParseCustomerName(owner.customer().name());
  COMPTOIR_CHECK_OK(customer);
  Operation operation;
  operation.set_customer_id(std::string(customer->bytes()));
  operation.set_request_id(std::string(prepared.id.bytes()));
  operation.set_request_digest(std::string(request_digest));
  operation.set_customer_digest(owner.request_digest());
  operation.set_channel(channel.channel);
  *operation.mutable_capture_time() = ToTimestamp(now);
  operation.set_configuration_version(channel.version);
  Address& address = *operation.mutable_create_address()->mutable_address();
  address = prepared.record.address();
  address.set_primary(prepared.primary);
  *address.mutable_create_time() = ToTimestamp(now);
  *address.mutable_update_time() = ToTimestamp(now);
  return operation;
}

absl::StatusOr<OwnAddress> OwnAddressOf(const Operation& operation) {
  const auto key = ParseAddressName(operation.create_address().address().name());
  const bool consistent = operation.has_create_address() && key.ok() &&
                          key->customer.bytes() == operation.customer_id() &&
                          key->address.bytes() == operation.request_id();
  if (!consistent) {
    return MakeError(Reason::kStorageCorrupt, "An operation isn't what it says.");
  }
  return OwnAddress{.operation = operation, .key = *key};
}

absl::StatusOr<StoredOwnAddress> PutOwnAddress(Transaction& transaction, const OwnAddress& own,
                                               const CustomerRecord& owner) {
  StoredOwnAddress stored{.customer = owner, .address = RecordOf(own)};
  if (BecomesPrimary(own, owner)) {
    stored.customer.set_primary_address_id(std::string(own.key.address.bytes()));
    COMPTOIR_RETURN_IF_ERROR(
        PutPrimary(transaction, own.key.customer, owner, stored.customer.primary_address_id()));
  }
  PutAddress(transaction, std::nullopt, stored.address);
  return stored;
}

absl::Status ReplayOwnAddresses(Transaction& transaction, const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled, Unsettled(transaction, customer));
  if (unsettled.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindCustomer(transaction, customer));
  if (!owner.has_value()) return absl::OkStatus();
  CustomerRecord replayed = *owner;
  for (const Operation& operation : unsettled) {
    const bool of_another =
        IsRejected(*owner) || operation.customer_digest() != owner->request_digest();
    if (operation.has_edit_address()) {
      if (of_another) continue;
      COMPTOIR_RETURN_IF_ERROR(ReplayPrimary(transaction, operation, customer, replayed));
      continue;
    }
    COMPTOIR_ASSIGN_OR_RETURN(const OwnAddress own, OwnAddressOf(operation));
    COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(transaction, own.key));
    // HQ has it, and its record of the customer knows.
    if (stored.has_value() && stored->version() != 0) continue;
    if (of_another) {
      if (stored.has_value()) RemoveAddress(transaction, *stored);
      continue;
    }
    if (!stored.has_value()) PutAddress(transaction, std::nullopt, RecordOf(own));
    if (BecomesPrimary(own, replayed)) {
      replayed.set_primary_address_id(std::string(own.key.address.bytes()));
    }
  }
  return PutPrimary(transaction, customer, *owner, replayed.primary_address_id());
}

absl::Status ReplayOnHqCustomer(Transaction& transaction, const CustomerId& customer,
                                const std::vector<OutboxRow>& unsettled) {
  COMPTOIR_RETURN_IF_ERROR(TakeHqPrimary(transaction, customer).status());
  const bool any = std::any_of(unsettled.begin(), unsettled.end(), [](const OutboxRow& operation) {
    return operation.kind() == Operation::kCreateAddress ||
           operation.kind() == Operation::kEditAddress;
  });
  return any ? ReplayOwnAddresses(transaction, customer) : absl::OkStatus();
}

std::string HqPrimaryPrefix() {
  return KeyWriter().Byte(static_cast<uint8_t>(OutboxIndexTag::kHqPrimary)).key();
}

absl::StatusOr<std::optional<std::string>> FindHqPrimary(const Reader& reader,
                                                         const CustomerId& customer) {
  return reader.Get(Table::kIndex, HqPrimaryKey(customer));
}

absl::Status EndOwnAddress(Transaction& transaction, const AddressKey& key,
                           std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindOwnAddressRecord(transaction, key));
  if (stored.has_value() && stored->request_digest() == request_digest) {
    RemoveAddress(transaction, *stored);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto hq_primary, TakeHqPrimary(transaction, key.customer));
  if (!hq_primary.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindCustomer(transaction, key.customer));
  if (!owner.has_value() || IsRejected(*owner)) return absl::OkStatus();
  CustomerRecord restored = *owner;
  restored.set_primary_address_id(*hq_primary);
  PutCustomer(transaction, owner, restored);
  return ReplayOwnAddresses(transaction, key.customer);
}

}  // namespace comptoir::channel
