#include "channel-service/domain/replication/removal.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/cursors.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "common/storage/message_fields.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/memberships.pb.h"

namespace comptoir::channel {
namespace {

using storage::v1::CustomerRecord;

constexpr std::string_view kRemovalPrefix = "channel/removal/";
constexpr std::string_view kSweepKey = "channel/sweep";

// Of one customer in the transaction that removes it: more than most have.
constexpr size_t kAddressesAtOnceMax = 20;

std::string RemovalKey(const CustomerId& id) {
  return KeyWriter().Rest(kRemovalPrefix).Id(id).key();
}

std::string FirstKeyOf(replication::v1::RecordKind kind) {
  return KeyWriter().Byte(static_cast<uint8_t>(kind)).key();
}

absl::StatusOr<bool> HasUnsettled(const Reader& reader, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled, RowsOfCustomer(reader, id));
  return !unsettled.empty();
}

// Whether the stored customer, which isn't parsed, is in a book that is held. False for what cannot
// be read.
bool IsInAny(std::string_view record, const HeldBooks& held) {
  bool found = false;
  VisitFields(record, [&](const MessageField& part) {
    if (part.id != CustomerRecord::kCustomerFieldNumber) return true;
    VisitFields(part.bytes, [&](const MessageField& field) {
      found =
          field.id == customer::v1::Customer::kAddressBooksFieldNumber && held.Holds(field.bytes);
      return !found;
    });
    return !found;
  });
  return found;
}

absl::StatusOr<std::optional<std::string>> FirstKey(const Reader& reader, Table table,
                                                    KeyRange range) {
  range.rows_max = 1;
  std::optional<std::string> first;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, table, range, [&](std::string_view key) {
    first = std::string(key);
    return false;
  }));
  return first;
}

// Of a customer with work of the store's own only HQ's addresses go: that one may have been created
// here under the same UUID. Looks at so many from `next` on, at most, and says there where to go
// on; true when all were looked at.
absl::StatusOr<bool> RemoveHqAddresses(Transaction& transaction, const CustomerId& id,
                                       std::string& next, size_t addresses_max) {
  const std::string prefix = AddressRecordPrefix(id);
  if (next.empty()) next = prefix;
  std::vector<storage::v1::AddressRecord> records;
  std::string last;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::AddressRecord>(
      transaction, Table::kRecords,
      {.begin = next, .end = PrefixEnd(prefix), .rows_max = addresses_max},
      [&](std::string_view key, storage::v1::AddressRecord record) {
        last = std::string(key);
        records.push_back(std::move(record));
        return true;
      }));
  for (const storage::v1::AddressRecord& record : records) {
    if (record.version() > 0) RemoveAddress(transaction, record);
  }
  next = last + '\0';
  return records.size() < addresses_max;
}

// One step of a removal; `next` is where RemoveHqAddresses() goes on.
absl::StatusOr<bool> RemoveSome(Transaction& transaction, const CustomerId& id, std::string& next,
                                size_t addresses_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool unsettled, HasUnsettled(transaction, id));
  return unsettled ? RemoveHqAddresses(transaction, id, next, addresses_max)
                   : RemoveAddresses(transaction, id, addresses_max);
}

// Those of customers who aren't here as HQ's: they came before them. One that is nobody's stays.
absl::Status SweepCard(Transaction& transaction, const std::string& key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto card, ReadRecord<storage::v1::LoyaltyCardRecord>(
                                                 transaction, Table::kRecords, key));
  if (!card.has_value() || card->card().customer().empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(card->card().customer()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, id));
  if (customer.has_value() && customer->version() > 0) return absl::OkStatus();
  RemoveLoyaltyCard(transaction, *card);
  return absl::OkStatus();
}

// Customers, and addresses and cards whose customer isn't here: they may have come before it.
// Returns where to go on.
absl::StatusOr<std::string> SweepRecord(Transaction& transaction, const std::string& key,
                                        const HeldBooks& held) {
  const auto kind = static_cast<uint8_t>(key.front());
  if (kind == replication::v1::RECORD_KIND_LOYALTY_CARD) {
    COMPTOIR_RETURN_IF_ERROR(SweepCard(transaction, key));
    return key + '\0';
  }
  // Nothing of customers lies between.
  if (kind > replication::v1::RECORD_KIND_ADDRESS) {
    return FirstKeyOf(replication::v1::RECORD_KIND_LOYALTY_CARD);
  }
  KeyReader parts(key);
  parts.Byte();
  const auto id = parts.Id();
  if (!parts.ok()) return MakeError(Reason::kStorageCorrupt, "A record's key cannot be read.");
  if (kind == replication::v1::RECORD_KIND_CUSTOMER) {
    COMPTOIR_RETURN_IF_ERROR(RemoveIfNotHeld(transaction, *id, held));
    return key + '\0';
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, *id));
  // One that the store created itself has none of HQ's.
  if (!customer.has_value() || customer->version() == 0) {
    COMPTOIR_RETURN_IF_ERROR(RemoveChildrenOf(transaction, *id));
  }
  return PrefixEnd(AddressRecordPrefix(*id));
}

absl::StatusOr<std::optional<storage::v1::Sweep>> ReadSweep(const Reader& reader) {
  return ReadRecord<storage::v1::Sweep>(reader, Table::kMeta, kSweepKey);
}

absl::Status SweepStep(Transaction& transaction, storage::v1::Sweep sweep, size_t records_max) {
  static_assert(replication::v1::RECORD_KIND_ADDRESS == replication::v1::RECORD_KIND_CUSTOMER + 1);
  static_assert(replication::v1::RECORD_KIND_ADDRESS < replication::v1::RECORD_KIND_LOYALTY_CARD);
  const std::string end = PrefixEnd(FirstKeyOf(replication::v1::RECORD_KIND_LOYALTY_CARD));
  COMPTOIR_ASSIGN_OR_RETURN(const HeldBooks held, ReadHeldBooks(transaction));
  std::string next = sweep.next_key();
  for (size_t looked_at = 0; looked_at < records_max; ++looked_at) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto key,
                              FirstKey(transaction, Table::kRecords, {.begin = next, .end = end}));
    if (!key.has_value()) {
      transaction.Delete(Table::kMeta, kSweepKey);
      return absl::OkStatus();
    }
    COMPTOIR_ASSIGN_OR_RETURN(next, SweepRecord(transaction, *key, held));
  }
  sweep.set_next_key(next);
  PutRecord(transaction, Table::kMeta, kSweepKey, sweep);
  return absl::OkStatus();
}

}  // namespace

absl::Status RemoveCustomerWithChildren(Transaction& transaction, const CustomerId& id,
                                        const CustomerRecord& record) {
  RemoveCustomer(transaction, record);
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, -1));
  return RemoveChildrenOf(transaction, id);
}

absl::Status RemoveChildrenOf(Transaction& transaction, const CustomerId& id) {
  COMPTOIR_RETURN_IF_ERROR(RemoveLoyaltyCards(transaction, id));
  std::string next;
  COMPTOIR_ASSIGN_OR_RETURN(const bool all, RemoveSome(transaction, id, next, kAddressesAtOnceMax));
  if (!all) transaction.Put(Table::kMeta, RemovalKey(id), next);
  return absl::OkStatus();
}

absl::Status KeepAddressesOf(Transaction& transaction, const CustomerId& id) {
  const std::string key = RemovalKey(id);
  COMPTOIR_ASSIGN_OR_RETURN(const auto removal, transaction.Get(Table::kMeta, key));
  if (removal.has_value()) transaction.Delete(Table::kMeta, key);
  return absl::OkStatus();
}

std::string RemovalPrefix() { return std::string(kRemovalPrefix); }

absl::Status RemoveIfNotHeld(Transaction& transaction, const CustomerId& id,
                             const HeldBooks& held) {
  if (held.all()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes,
                            transaction.Get(Table::kRecords, CustomerRecordKey(id)));
  if (!bytes.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(*bytes));
  if (version == 0 || IsInAny(*bytes, held)) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<CustomerRecord>(*bytes));
  COMPTOIR_ASSIGN_OR_RETURN(const bool unsettled, HasUnsettled(transaction, id));
  if (unsettled) return absl::OkStatus();
  return RemoveCustomerWithChildren(transaction, id, record);
}

void BeginSweep(Transaction& transaction) {
  storage::v1::Sweep sweep;
  sweep.set_next_key(FirstKeyOf(replication::v1::RECORD_KIND_CUSTOMER));
  PutRecord(transaction, Table::kMeta, kSweepKey, sweep);
}

absl::Status NoteHighWatermark(Transaction& transaction, uint64_t high_watermark) {
  COMPTOIR_ASSIGN_OR_RETURN(auto sweep, ReadSweep(transaction));
  if (!sweep.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const bool caught_up, AreBooksReadTo(transaction, high_watermark));
  if (caught_up == sweep->caught_up()) return absl::OkStatus();
  sweep->set_caught_up(caught_up);
  PutRecord(transaction, Table::kMeta, kSweepKey, *sweep);
  return absl::OkStatus();
}

absl::StatusOr<bool> IsSweepWaiting(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto sweep, ReadSweep(reader));
  return sweep.has_value() && !sweep->caught_up();
}

absl::StatusOr<bool> IsRemovalLeft(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto removal,
                            FirstKey(reader, Table::kMeta, PrefixRange(kRemovalPrefix)));
  if (removal.has_value()) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto sweep, ReadSweep(reader));
  return sweep.has_value() && sweep->caught_up();
}

absl::Status RemovalStep(Transaction& transaction, size_t records_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto removal,
                            FirstKey(transaction, Table::kMeta, PrefixRange(kRemovalPrefix)));
  if (removal.has_value()) {
    KeyReader parts(std::string_view(*removal).substr(kRemovalPrefix.size()));
    const auto id = parts.Id();
    if (!parts.AtEnd()) return MakeError(Reason::kStorageCorrupt, "A removal cannot be read.");
    COMPTOIR_ASSIGN_OR_RETURN(const auto value, transaction.Get(Table::kMeta, *removal));
    std::string next = value.value_or("");
    COMPTOIR_ASSIGN_OR_RETURN(const bool all, RemoveSome(transaction, *id, next, records_max));
    if (all) {
      transaction.Delete(Table::kMeta, *removal);
    } else {
      transaction.Put(Table::kMeta, *removal, next);
    }
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto sweep, ReadSweep(transaction));
  if (!sweep.has_value() || !sweep->caught_up()) return absl::OkStatus();
  return SweepStep(transaction, *std::move(sweep), records_max);
}

}  // namespace comptoir::channel
