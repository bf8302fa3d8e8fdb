#include "hq-service/domain/customers/new_customer.h"

#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/customers/consent_history.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/feeds/milestones.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// The records of `made` become what is stored, where they are: they are too large to be moved
// about.
void NumberAndDate(NewCustomer& made, Sequence sequence, absl::Time now) {
  CustomerRecord& record = made.prepared.record;
  record.set_version(sequence.value());
  record.set_request_digest(made.request_digest);
  record.set_created_sequence(sequence.value());
  auto& customer = *record.mutable_customer();
  customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  customer.set_account_number(made.account_number);
  customer.clear_pending_reason();
  *customer.mutable_create_time() = made.create_time;
  *customer.mutable_update_time() = ToTimestamp(now);
}

// The digest is the customer's: it tells which addresses came with it.
void PlaceAndDate(NewCustomer& made, size_t place, Sequence sequence, absl::Time now) {
  AddressRecord& record = made.prepared.addresses[place];
  record.set_version(sequence.value());
  record.set_request_digest(made.request_digest);
  record.set_created_sequence(sequence.value());
  record.set_created_ordinal(static_cast<uint32_t>(place));
  auto& address = *record.mutable_address();
  address.clear_pending();
  *address.mutable_create_time() = made.create_time;
  *address.mutable_update_time() = ToTimestamp(now);
}

}  // namespace

absl::Status PutNewCustomer(Transaction& transaction, NewCustomer& made, Sequence sequence,
                            absl::Time now) {
  const CustomerId& id = made.prepared.id;
  const CustomerRecord& record = made.prepared.record;
  NumberAndDate(made, sequence, now);
  PutCustomer(transaction, std::nullopt, record);
  AppendConsentChanges(transaction, id, customer::v1::Customer::default_instance(),
                       record.customer(), sequence, now, record.customer().channel());
  PutMilestone(transaction, sequence, id);
  COMPTOIR_RETURN_IF_ERROR(MoveCustomerEntries(transaction, id, std::nullopt, record, sequence));
  for (size_t place = 0; place < made.prepared.addresses.size(); ++place) {
    PlaceAndDate(made, place, sequence, now);
    const AddressRecord& address = made.prepared.addresses[place];
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(address.address().name()));
    PutAddress(transaction, std::nullopt, address);
    COMPTOIR_RETURN_IF_ERROR(
        MoveChildEntries(transaction, id, record, AddressRecordKey(key), 0, sequence));
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredCustomer> StoreNewCustomer(Transaction& transaction, NewCustomer made,
                                                Sequence sequence, absl::Time now) {
  COMPTOIR_RETURN_IF_ERROR(PutNewCustomer(transaction, made, sequence, now));
  COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, {.customers = 1}));
  COMPTOIR_RETURN_IF_ERROR(WakeWaiting(transaction, made.prepared.id.bytes(), made.request_digest));
  return StoredCustomer{.customer = std::move(made.prepared.record),
                        .addresses = std::move(made.prepared.addresses)};
}

}  // namespace comptoir::hq
