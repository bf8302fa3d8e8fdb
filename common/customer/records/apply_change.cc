#include "common/customer/records/apply_change.h"

#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/status.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using storage::v1::LoyaltyCardRecord;

constexpr int kRecordKindMax = 255;  // the first byte of a key

absl::Status Corrupt(const RecordChange& change) {
  return MakeError(Reason::kStorageCorrupt, "A change isn't what its kind and key say.",
                   {{"kind", std::to_string(change.kind())}});
}

// Whether a record may be stored under this key (without its kind).
bool IsConsistent(const CustomerRecord& record, std::string_view key) {
  const auto id = ParseCustomerName(record.customer().name());
  const size_t primary_bytes = record.primary_address_id().size();
  return id.ok() && id->bytes() == key && (primary_bytes == 0 || primary_bytes == Uuid::kBytes);
}

bool IsConsistent(const AddressRecord& record, std::string_view key) {
  const auto name = ParseAddressName(record.address().name());
  return name.ok() && KeyWriter().Id(name->customer).Id(name->address).key() == key;
}

bool IsConsistent(const LoyaltyCardRecord& record, std::string_view key) {
  return IsLoyaltyCardOfKey(record, key);
}

// Configuration: HQ has checked it, and no key of ours is made from its content.
template <typename Record>
bool IsConsistent(const Record&, std::string_view) {
  return true;
}

IndexEntries EntriesOf(const CustomerRecord& record) { return CustomerIndexEntries(record); }
IndexEntries EntriesOf(const AddressRecord& record) { return AddressIndexEntries(record); }
IndexEntries EntriesOf(const LoyaltyCardRecord& record) { return LoyaltyCardIndexEntries(record); }
template <typename Record>
IndexEntries EntriesOf(const Record&) {
  return {};
}

template <typename Record>
IndexEntries EntriesOf(const std::optional<Record>& record) {
  return record.has_value() ? EntriesOf(*record) : IndexEntries();
}

// The record's bytes are stored as they came: a newer HQ's keep what this version doesn't know.
template <typename Record>
absl::Status Store(Transaction& transaction, const RecordChange& change,
                   const std::optional<Record>& stored, const Record& record) {
  if (!IsConsistent(record, change.key())) return Corrupt(change);
  // Configuration comes by its feed alone, in order; an earlier version is that of an HQ whose
  // database was restored.
  constexpr bool kAnswered = std::is_same_v<Record, CustomerRecord> ||
                             std::is_same_v<Record, AddressRecord> ||
                             std::is_same_v<Record, LoyaltyCardRecord>;
  if (kAnswered && stored.has_value() && stored->version() > record.version()) {
    return absl::OkStatus();
  }
  WriteIndexDifference(transaction, EntriesOf(stored), EntriesOf(record));
  transaction.Put(Table::kRecords, RecordKeyOf(change), change.record());
  return absl::OkStatus();
}

template <typename Record>
absl::Status Apply(Transaction& transaction, const RecordChange& change) {
  const std::string key = RecordKeyOf(change);
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes, transaction.Get(Table::kRecords, key));
  // It comes by each feed that it is in, and with the result of what made it.
  if (!change.removed() && bytes == change.record()) return absl::OkStatus();
  std::optional<Record> stored;
  if (bytes.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(stored, ParseRecord<Record>(*bytes));
  }
  if (change.removed()) {
    if (!stored.has_value() || stored->version() > change.version()) return absl::OkStatus();
    WriteIndexDifference(transaction, EntriesOf(*stored), {});
    transaction.Delete(Table::kRecords, key);
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Record record, ParseRecord<Record>(change.record()));
  return Store(transaction, change, stored, record);
}

absl::Status ApplyUnknown(Transaction& transaction, const RecordChange& change) {
  if (change.removed()) {
    transaction.Delete(Table::kRecords, RecordKeyOf(change));
  } else {
    transaction.Put(Table::kRecords, RecordKeyOf(change), change.record());
  }
  return absl::OkStatus();
}

template <typename Record>
bool IsReadable(const RecordChange& change) {
  Record record;
  return change.removed() ||
         (record.ParseFromString(change.record()) && IsConsistent(record, change.key()));
}

// Calls `visit` with the type of record of a kind; void if this version doesn't know the kind.
template <typename Visit>
auto VisitRecordType(replication::v1::RecordKind kind, Visit visit) {
  switch (kind) {
    case replication::v1::RECORD_KIND_CUSTOMER:
      return visit(std::type_identity<CustomerRecord>());
    case replication::v1::RECORD_KIND_ADDRESS:
      return visit(std::type_identity<AddressRecord>());
    case replication::v1::RECORD_KIND_CHANNEL:
      return visit(std::type_identity<storage::v1::ChannelRecord>());
    case replication::v1::RECORD_KIND_PROFILE:
      return visit(std::type_identity<storage::v1::ProfileRecord>());
    case replication::v1::RECORD_KIND_OPERATING_UNIT:
      return visit(std::type_identity<storage::v1::OperatingUnitRecord>());
    case replication::v1::RECORD_KIND_CHAIN:
      return visit(std::type_identity<storage::v1::ChainRecord>());
    case replication::v1::RECORD_KIND_NUMBER_SEQUENCE:
      return visit(std::type_identity<storage::v1::NumberSequenceRecord>());
    case replication::v1::RECORD_KIND_LOYALTY_CARD:
      return visit(std::type_identity<LoyaltyCardRecord>());
    case replication::v1::RECORD_KIND_CUSTOMER_GROUP:
    case replication::v1::RECORD_KIND_ADDRESS_BOOK:
    case replication::v1::RECORD_KIND_AFFILIATION:
    case replication::v1::RECORD_KIND_ATTRIBUTE_TYPE:
    case replication::v1::RECORD_KIND_ATTRIBUTE:
    case replication::v1::RECORD_KIND_ATTRIBUTE_GROUP:
    case replication::v1::RECORD_KIND_ADDRESS_PURPOSE:
    case replication::v1::RECORD_KIND_FEATURE:
    case replication::v1::RECORD_KIND_FIELD_RULES:
    case replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP:
    case replication::v1::RECORD_KIND_DEFAULT_CUSTOMER:
      return visit(std::type_identity<storage::v1::ConfigurationRecord>());
    default:
      return visit(std::type_identity<void>());
  }
}

// A removal says by its key alone what it is about.
bool HasKeyOfItsKind(const RecordChange& change) {
  switch (change.kind()) {
    case replication::v1::RECORD_KIND_CUSTOMER:
      return change.key().size() == Uuid::kBytes;
    case replication::v1::RECORD_KIND_ADDRESS:
      return change.key().size() == 2 * Uuid::kBytes;
    default:
      return change.kind() >= 1 && change.kind() <= kRecordKindMax;
  }
}

}  // namespace

std::string RecordKeyOf(const RecordChange& change) {
  return KeyWriter().Byte(static_cast<uint8_t>(change.kind())).Rest(change.key()).key();
}

absl::Status CheckRecordChange(const RecordChange& change) {
  const bool readable =
      VisitRecordType(change.kind(), [&]<typename Record>(std::type_identity<Record>) {
        if constexpr (std::is_void_v<Record>) {
          return true;
        } else {
          return IsReadable<Record>(change);
        }
      });
  return readable && HasKeyOfItsKind(change) ? absl::OkStatus() : Corrupt(change);
}

absl::Status ApplyRecordChange(Transaction& transaction, const RecordChange& change) {
  if (change.kind() < 1 || change.kind() > kRecordKindMax) return Corrupt(change);
  return VisitRecordType(change.kind(), [&]<typename Record>(std::type_identity<Record>) {
    if constexpr (std::is_void_v<Record>) {
      return ApplyUnknown(transaction, change);
    } else {
      return Apply<Record>(transaction, change);
    }
  });
}

absl::Status ApplyRecordChange(Transaction& transaction, const RecordChange& change,
                               const std::optional<CustomerRecord>& stored,
                               const CustomerRecord& record) {
  return Store(transaction, change, stored, record);
}

}  // namespace comptoir
