#include "hq-service/domain/customers/new_address.h"

#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

absl::StatusOr<StoredAddress> StoreNewAddress(Transaction& transaction,
                                              const CustomerRecord& customer,
                                              const NewAddress& made, Sequence sequence,
                                              absl::Time now) {
  // A stored customer's name is ours.
  const auto id = ParseCustomerName(customer.customer().name());
  COMPTOIR_CHECK_OK(id);
  const AddressKey key{*id, made.prepared.id};
  StoredAddress stored{.customer = customer, .address = made.prepared.record};
  stored.address.set_request_digest(made.request_digest);
  stored.address.set_created_sequence(sequence.value());
  auto& address = *stored.address.mutable_address();
  address.set_name(AddressName(key));
  address.clear_pending();
  *address.mutable_create_time() = made.create_time;
  COMPTOIR_RETURN_IF_ERROR(
      StoreChangedAddress(transaction, key, customer, std::nullopt, stored.address, sequence, now));
  if (made.prepared.primary || customer.primary_address_id().empty()) {
    COMPTOIR_RETURN_IF_ERROR(
        StorePrimary(transaction, *id, stored.customer, key.address.bytes(), sequence, now));
  }
  return stored;
}

absl::Status StoreChangedAddress(Transaction& transaction, const AddressKey& key,
                                 const CustomerRecord& customer,
                                 const std::optional<AddressRecord>& old, AddressRecord& changed,
                                 Sequence sequence, absl::Time now) {
  changed.set_version(sequence.value());
  *changed.mutable_address()->mutable_update_time() = ToTimestamp(now);
  COMPTOIR_RETURN_IF_ERROR(MoveChildEntries(transaction, key.customer, customer,
                                            AddressRecordKey(key),
                                            old.has_value() ? old->version() : 0, sequence));
  PutAddress(transaction, old, changed);
  return absl::OkStatus();
}

absl::Status StorePrimary(Transaction& transaction, const CustomerId& id, CustomerRecord& customer,
                          std::string_view primary, Sequence sequence, absl::Time now) {
  CustomerRecord changed = customer;
  changed.set_primary_address_id(std::string(primary));
  COMPTOIR_RETURN_IF_ERROR(StoreChangedCustomer(transaction, id, customer, changed, sequence, now));
  customer = std::move(changed);
  return absl::OkStatus();
}

}  // namespace comptoir::hq
