#include "common/customer/records/apply_change.h"

#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/status.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/arena_records.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using google::protobuf::Arena;
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

void WriteIndex(Transaction& transaction, const LoyaltyCardRecord* old,
                const LoyaltyCardRecord* now) {
  WriteIndexDifference(transaction, old != nullptr ? LoyaltyCardIndexEntries(*old) : IndexEntries(),
                       now != nullptr ? LoyaltyCardIndexEntries(*now) : IndexEntries());
}

// Customers and addresses, and configuration, which has none.
template <typename Record>
void WriteIndex(Transaction& transaction, const Record* old, const Record* now) {
  constexpr bool kIndexed =
      std::is_same_v<Record, CustomerRecord> || std::is_same_v<Record, AddressRecord>;
  if constexpr (kIndexed) WriteIndexDifference(transaction, old, now);
}

template <typename Record>
absl::Status Apply(Transaction& transaction, const ParsedChange& change, const Record* stored) {
  const Record* const record = change.record<Record>();
  if (record == nullptr) {
    if (stored == nullptr || stored->version() > change->version()) return absl::OkStatus();
    WriteIndex(transaction, stored, record);
    transaction.Delete(Table::kRecords, RecordKeyOf(*change));
    return absl::OkStatus();
  }
  // Configuration comes by its feed alone, in order; an earlier version is that of an HQ whose
  // database was restored.
  constexpr bool kAnswered = std::is_same_v<Record, CustomerRecord> ||
                             std::is_same_v<Record, AddressRecord> ||
                             std::is_same_v<Record, LoyaltyCardRecord>;
  if (kAnswered && stored != nullptr && stored->version() > record->version()) {
    return absl::OkStatus();
  }
  WriteIndex(transaction, stored, record);
  // The record's bytes are stored as they came: a newer HQ's keep what this version doesn't know.
  transaction.Put(Table::kRecords, RecordKeyOf(*change), change->record());
  return absl::OkStatus();
}

template <typename Record>
absl::Status Apply(Transaction& transaction, const ParsedChange& change) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes,
                            transaction.Get(Table::kRecords, RecordKeyOf(*change)));
  // It comes by each feed that it is in, and with the result of what made it.
  if (!change->removed() && bytes == change->record()) return absl::OkStatus();
  const Record* stored = nullptr;
  if (bytes.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(stored, ParseRecordIn<Record>(change.arena(), *bytes));
  }
  return Apply(transaction, change, stored);
}

absl::Status ApplyUnknown(Transaction& transaction, const RecordChange& change) {
  if (change.removed()) {
    transaction.Delete(Table::kRecords, RecordKeyOf(change));
  } else {
    transaction.Put(Table::kRecords, RecordKeyOf(change), change.record());
  }
  return absl::OkStatus();
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

absl::StatusOr<ParsedChange> ParsedChange::Parse(const RecordChange& change, Arena& arena) {
  if (!HasKeyOfItsKind(change)) return Corrupt(change);
  ParsedChange parsed(change, arena);
  if (change.removed()) return parsed;
  const bool readable =
      VisitRecordType(change.kind(), [&]<typename Record>(std::type_identity<Record>) {
        if constexpr (std::is_void_v<Record>) {
          return true;
        } else {
          auto* const record = Arena::CreateMessage<Record>(&arena);
          parsed.record_ = record;
          return record->ParseFromString(change.record()) && IsConsistent(*record, change.key());
        }
      });
  if (!readable) return Corrupt(change);
  return parsed;
}

ParsedChange ParsedChange::Of(const RecordChange& change, const google::protobuf::Message& record,
                              Arena& arena) {
  ParsedChange parsed(change, arena);
  parsed.record_ = &record;
  return parsed;
}

absl::StatusOr<ParsedChange> ChangeParser::Parse(const RecordChange& change) {
  const auto found = parsed_.find(change.key());
  if (found != parsed_.end()) {
    const RecordChange& last = *found->second;
    if (last.kind() == change.kind() && last.removed() == change.removed() &&
        last.record() == change.record()) {
      ParsedChange again = found->second;
      again.change_ = &change;
      return again;
    }
  }
  COMPTOIR_ASSIGN_OR_RETURN(const ParsedChange parsed, ParsedChange::Parse(change, arena_));
  parsed_.insert_or_assign(change.key(), parsed);
  return parsed;
}

absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change) {
  return VisitRecordType(change->kind(), [&]<typename Record>(std::type_identity<Record>) {
    if constexpr (std::is_void_v<Record>) {
      return ApplyUnknown(transaction, *change);
    } else {
      return Apply<Record>(transaction, change);
    }
  });
}

absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change,
                               const CustomerRecord* stored) {
  return Apply(transaction, change, stored);
}

absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change,
                               const AddressRecord* stored) {
  return Apply(transaction, change, stored);
}

absl::Status ApplyRecordChange(Transaction& transaction, const RecordChange& change) {
  Arena arena;
  COMPTOIR_ASSIGN_OR_RETURN(const ParsedChange parsed, ParsedChange::Parse(change, arena));
  return ApplyRecordChange(transaction, parsed);
}

absl::Status CheckRecordChange(const RecordChange& change) {
  Arena arena;
  return ParsedChange::Parse(change, arena).status();
}

}  // namespace comptoir
