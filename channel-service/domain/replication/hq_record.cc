#include "channel-service/domain/replication/hq_record.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/own_edits.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/removal.h"
#include "common/base/status.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/arena_records.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

absl::Status CorruptChange() {
  return MakeError(Reason::kStorageCorrupt, "A change isn't what its kind and key say.");
}

// True if a removal would take away what the store made itself.
absl::StatusOr<bool> IsOwnWork(const Reader& reader, const CustomerId& id,
                               const CustomerRecord& record) {
  if (record.version() == 0) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled, RowsOfCustomer(reader, id));
  return !unsettled.empty();
}

absl::Status RemoveHqCustomer(Transaction& transaction, const RecordChange& change,
                              const CustomerId& id, const CustomerRecord& stored) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool own_work, IsOwnWork(transaction, id, stored));
  if (stored.version() > change.version()) return absl::OkStatus();
  if (own_work && stored.version() > 0 && stored.customer().address_books_size() > 0) {
    // It goes when the last of its operations is settled, whose result may not say so again.
    CustomerRecord left = stored;
    left.mutable_customer()->clear_address_books();
    PutCustomer(transaction, stored, left);
  }
  // A customer that the store created under the same UUID has none of HQ's addresses.
  if (stored.version() == 0) return RemoveChildrenOf(transaction, id);
  if (own_work) return absl::OkStatus();
  return RemoveCustomerWithChildren(transaction, id, stored);
}

// The addresses of those unsettled creates of a customer that HQ's record isn't of: of all if HQ
// rejected it. There may be several, whichever of them is in sight.
absl::Status RemoveAddressesOfOtherCreates(Transaction& transaction,
                                           const std::vector<OutboxRow>& unsettled,
                                           const CustomerRecord& of_hq) {
  for (const OutboxRow& operation : unsettled) {
    const bool of_it = !IsRejected(of_hq) && operation.request_digest() == of_hq.request_digest();
    if (operation.kind() != replication::v1::Operation::kCreateCustomer || of_it) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const PendingKeys create, KeysOfCreate(operation));
    COMPTOIR_RETURN_IF_ERROR(RemovePendingAddresses(transaction, create));
  }
  return absl::OkStatus();
}

// What is stored of the record that a change is about.
template <typename Record>
struct StoredNow {
  // Just as it comes, with nothing of the store's own on top: it comes by each feed that it is in,
  // and with the result of what made it. Then it isn't parsed.
  bool repeated = false;
  // In the arena of the change; null: nothing is stored.
  const Record* record = nullptr;
};

template <typename Record>
absl::StatusOr<StoredNow<Record>> ReadStored(const Reader& reader, const ParsedChange& change) {
  StoredNow<Record> stored;
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kRecords, RecordKeyOf(*change)));
  if (!bytes.has_value()) return stored;
  stored.repeated = !change->removed() && *bytes == change->record();
  if (stored.repeated) return stored;
  COMPTOIR_ASSIGN_OR_RETURN(stored.record, ParseRecordIn<Record>(change.arena(), *bytes));
  return stored;
}

// The unsettled operations of a customer that something is to be done about when HQ's `record` of
// it replaces `stored`.
absl::StatusOr<std::vector<OutboxRow>> AffectedOperations(const Reader& reader,
                                                          const CustomerId& id,
                                                          const CustomerRecord* stored,
                                                          const CustomerRecord& record) {
  // A create that the record isn't of has addresses here.
  const bool of_stored = stored == nullptr || stored->version() > 0 ||
                         stored->request_digest() == record.request_digest();
  if (of_stored && !IsRejected(record)) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool single, HoldsSingleCreates(reader));
    if (single) return std::vector<OutboxRow>();
  }
  return RowsOfCustomer(reader, id);
}

// Puts what the store made itself on top of HQ's `record` of a customer, which has just replaced
// `stored`, whatever that showed: edits of this customer weren't on top of another one that had its
// UUID here, nor of one that was given up.
absl::Status ReplayUnsettled(Transaction& transaction, const CustomerId& id,
                             const CustomerRecord* stored, const CustomerRecord& record,
                             const std::vector<OutboxRow>& unsettled) {
  COMPTOIR_RETURN_IF_ERROR(ReplayOnHqCustomer(transaction, id, unsettled));
  const bool edited = std::any_of(unsettled.begin(), unsettled.end(), [](const OutboxRow& row) {
    return row.kind() == replication::v1::Operation::kEditCustomer ||
           row.kind() == replication::v1::Operation::kEditAddress;
  });
  if (!edited) return absl::OkStatus();
  const bool of_another = stored != nullptr && (IsRejected(*stored) || stored->request_digest() !=
                                                                           record.request_digest());
  // Else its addresses show what is to be seen of them.
  return of_another ? ReplayAllOwnEdits(transaction, id) : ReplayOwnEdits(transaction, id);
}

absl::Status ApplyHqCustomer(Transaction& transaction, const ParsedChange& change) {
  const CustomerId id = CustomerId::FromBytes(change->key());
  COMPTOIR_ASSIGN_OR_RETURN(const auto now, ReadStored<CustomerRecord>(transaction, change));
  if (now.repeated) return KeepAddressesOf(transaction, id);
  const CustomerRecord* const stored = now.record;
  if (change->removed()) {
    // Addresses and cards may have come before it.
    if (stored == nullptr) return RemoveChildrenOf(transaction, id);
    return RemoveHqCustomer(transaction, *change, id, *stored);
  }
  const CustomerRecord& record = *change.record<CustomerRecord>();
  COMPTOIR_RETURN_IF_ERROR(KeepAddressesOf(transaction, id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled,
                            AffectedOperations(transaction, id, stored, record));
  if (stored == nullptr) {
    COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, 1));
    COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change, stored));
    return ReplayUnsettled(transaction, id, stored, record, unsettled);
  }
  if (stored->version() > record.version()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change, stored));
  if (stored->version() == 0) {
    COMPTOIR_RETURN_IF_ERROR(RemoveAddressesOfOtherCreates(transaction, unsettled, record));
  }
  if (IsRejected(record) && stored->version() > 0 && !IsRejected(*stored)) {
    // HQ was restored, and its create discarded since: HQ has none of its addresses.
    COMPTOIR_RETURN_IF_ERROR(RemoveChildrenOf(transaction, id));
  }
  return ReplayUnsettled(transaction, id, stored, record, unsettled);
}

absl::Status ApplyHqAddress(Transaction& transaction, const ParsedChange& change) {
  KeyReader reader(change->key());
  const auto customer = reader.Id();
  const auto address = reader.Id();
  if (!reader.ok()) return CorruptChange();
  const AddressKey key{*customer, *address};
  COMPTOIR_ASSIGN_OR_RETURN(const auto now, ReadStored<AddressRecord>(transaction, change));
  if (now.repeated) return KeepAddressesOf(transaction, *customer);
  const AddressRecord* const stored = now.record;
  if (change->removed()) {
    if (stored != nullptr && stored->version() == 0) return absl::OkStatus();
    // HQ's customer with unsettled operations stays until they are settled, and its addresses too.
    COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindCustomer(transaction, *customer));
    const bool of_hq = owner.has_value() && owner->version() > 0;
    COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled, RowsOfCustomer(transaction, *customer));
    if (of_hq && !unsettled.empty()) return absl::OkStatus();
  } else {
    COMPTOIR_RETURN_IF_ERROR(KeepAddressesOf(transaction, *customer));
  }
  COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change, stored));
  const bool own = stored != nullptr && stored->version() == 0;
  if (own) COMPTOIR_RETURN_IF_ERROR(EndOwnAddress(transaction, key, stored->request_digest()));
  // Where no edit was in sight there is none, unless the address is new here.
  const bool edited = stored == nullptr || stored->address().edit_pending();
  if (!edited || change->removed()) return absl::OkStatus();
  return ReplayOwnAddressEdits(transaction, key);
}

// True if the customer of a card stays until the last of its operations is settled: the card goes
// with it.
absl::StatusOr<bool> StaysWithItsCustomer(const Reader& reader, std::string_view number) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto card, FindLoyaltyCard(reader, number));
  if (!card.has_value() || card->card().customer().empty()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(card->card().customer()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(reader, id));
  if (!customer.has_value() || customer->version() == 0) return false;
  return IsOwnWork(reader, id, *customer);
}

absl::Status ApplyHqCard(Transaction& transaction, const ParsedChange& change) {
  if (change->removed()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool stays, StaysWithItsCustomer(transaction, change->key()));
    if (stays) return absl::OkStatus();
  }
  return ApplyRecordChange(transaction, change);
}

}  // namespace

std::string_view AccountNumberOf(const ParsedChange& change) {
  if (change->kind() != replication::v1::RECORD_KIND_CUSTOMER || change->removed()) return {};
  return change.record<CustomerRecord>()->customer().account_number();
}

absl::Status ApplyHqRecord(Transaction& transaction, const ParsedChange& change) {
  switch (change->kind()) {
    case replication::v1::RECORD_KIND_CUSTOMER:
      return ApplyHqCustomer(transaction, change);
    case replication::v1::RECORD_KIND_ADDRESS:
      return ApplyHqAddress(transaction, change);
    case replication::v1::RECORD_KIND_LOYALTY_CARD:
      return ApplyHqCard(transaction, change);
    default:
      return ApplyRecordChange(transaction, change);
  }
}

absl::Status ApplyHqRecord(Transaction& transaction, const RecordChange& change) {
  google::protobuf::Arena arena;
  COMPTOIR_ASSIGN_OR_RETURN(const ParsedChange parsed, ParsedChange::Parse(change, arena));
  COMPTOIR_RETURN_IF_ERROR(KeepNumbers(transaction, {AccountNumberOf(parsed)}));
  return ApplyHqRecord(transaction, parsed);
}

}  // namespace comptoir::channel
