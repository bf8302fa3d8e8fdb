#include "channel-service/domain/replication/offers.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/replication/cursors.h"
#include "common/base/status.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "comptoir/storage/v1/recovery.pb.h"

namespace comptoir::channel {
namespace {

using hq::v1::RecordOffer;
using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using storage::v1::LostConfiguration;

constexpr std::string_view kLostConfigurationKey = "lost-configuration";

std::string KindPrefix(replication::v1::RecordKind kind) {
  return KeyWriter().Byte(static_cast<uint8_t>(kind)).key();
}

template <typename Record>
RecordOffer OfferOf(replication::v1::RecordKind kind, std::string_view key, const Record& record,
                    std::string bytes) {
  RecordOffer offer;
  offer.mutable_record()->set_kind(kind);
  offer.mutable_record()->set_key(std::string(key));
  offer.mutable_record()->set_record(std::move(bytes));
  offer.mutable_record()->set_version(record.version());
  return offer;
}

// A row of table records without its kind.
struct Row {
  std::string key;
  std::string value;
};

absl::StatusOr<std::vector<Row>> Rows(const Reader& reader, replication::v1::RecordKind kind,
                                      std::string_view begin, std::string_view end,
                                      size_t rows_max) {
  const std::string prefix = KindPrefix(kind);
  KeyRange range = PrefixRange(prefix, rows_max);
  range.begin = prefix + std::string(begin);
  if (!end.empty()) range.end = prefix + std::string(end);
  std::vector<Row> rows;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(Table::kRecords, range, [&](std::string_view key, std::string_view value) {
        rows.push_back({std::string(key.substr(1)), std::string(value)});
        return true;
      }));
  return rows;
}

// The next key.
std::string After(std::string_view key) { return std::string(key) + '\0'; }

std::string AfterAddressesOf(std::string_view customer) {
  return After(std::string(customer) + std::string(Uuid::kBytes, '\xff'));
}

absl::Status OfferCustomer(const Reader& reader, const Row& row, uint64_t known_sequence,
                           std::vector<RecordOffer>& offers) {
  COMPTOIR_ASSIGN_OR_RETURN(CustomerRecord record, ParseRecord<CustomerRecord>(row.value));
  if (record.version() <= known_sequence) return absl::OkStatus();
  // Not the store's own address that stands in for HQ's primary one.
  COMPTOIR_ASSIGN_OR_RETURN(const auto primary,
                            FindHqPrimary(reader, CustomerId::FromBytes(row.key)));
  std::string bytes = row.value;
  if (primary.has_value()) {
    record.set_primary_address_id(*primary);
    bytes = SerializeDeterministically(record);
  }
  offers.push_back(OfferOf(RECORD_KIND_CUSTOMER, row.key, record, std::move(bytes)));
  return absl::OkStatus();
}

absl::Status OfferAddress(const Reader& reader, const Row& row, uint64_t known_sequence,
                          OfferPage& page) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(row.value));
  if (record.version() <= known_sequence) return absl::OkStatus();
  const std::string_view key = row.key;
  const AddressKey id{CustomerId::FromBytes(key.substr(0, Uuid::kBytes)),
                      AddressId::FromBytes(key.substr(Uuid::kBytes))};
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(reader, id.customer));
  RecordOffer& offer =
      page.offers.emplace_back(OfferOf(RECORD_KIND_ADDRESS, row.key, record, row.value));
  if (customer.has_value()) {
    offer.set_customer_digest(customer->request_digest());
  } else {
    page.orphans.push_back(id);
  }
  return absl::OkStatus();
}

bool IsOfConfiguration(std::string_view record_key) {
  const auto kind = static_cast<uint8_t>(record_key.front());
  return kind != RECORD_KIND_CUSTOMER && kind != RECORD_KIND_ADDRESS &&
         kind != replication::v1::RECORD_KIND_LOYALTY_CARD;
}

// All records of configuration have their version in field 2, and in field 1 something that depends
// on their kind: bytes, here. 0 for what a newer HQ sent.
uint64_t VersionOf(std::string_view value) {
  const auto record = ParseRecord<LostConfiguration::Record>(value);
  return record.ok() ? record->version() : 0;
}

// Visits all configuration.
absl::Status ForEachConfiguration(
    const Reader& reader,
    const std::function<void(std::string_view key, uint64_t version)>& visit) {
  const auto take = [&](std::string_view key, std::string_view value) {
    if (IsOfConfiguration(key)) visit(key, VersionOf(value));
    return true;
  };
  // Never through customers and addresses, which are many.
  KeyRange range{.begin = KindPrefix(replication::v1::RECORD_KIND_CHANNEL),
                 .rows_max = std::numeric_limits<size_t>::max()};
  range.end = KindPrefix(replication::v1::RECORD_KIND_LOYALTY_CARD);
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(Table::kRecords, range, take));
  range.begin = KindPrefix(replication::v1::RECORD_KIND_CUSTOMER_GROUP);
  range.end.clear();
  return reader.Scan(Table::kRecords, range, take);
}

// HQ doesn't take cards back, so what it has lost of them isn't so any more: a version of its own,
// which may be an earlier one, comes by the feed.
absl::Status RemoveLostCards(Transaction& transaction, uint64_t known_sequence) {
  const std::string prefix = KindPrefix(replication::v1::RECORD_KIND_LOYALTY_CARD);
  KeyRange range = PrefixRange(prefix, std::numeric_limits<size_t>::max());
  std::vector<replication::v1::RecordChange> removals;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::LoyaltyCardRecord>(
      transaction, Table::kRecords, range,
      [&](std::string_view key, const storage::v1::LoyaltyCardRecord& record) {
        if (record.version() <= known_sequence) return true;
        replication::v1::RecordChange& removal = removals.emplace_back();
        removal.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
        removal.set_key(std::string(key.substr(prefix.size())));
        removal.set_removed(true);
        removal.set_version(record.version());
        return true;
      }));
  for (const replication::v1::RecordChange& removal : removals) {
    COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, removal));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OfferPage> ReadOffers(const Reader& reader, std::string_view from,
                                     uint64_t known_sequence, const OfferLimits& limits) {
  // `from` is after a customer and its addresses, or after an address: then its customer was
  // offered.
  const bool within = from.size() > Uuid::kBytes + 1;
  const std::string customers_from =
      within ? After(from.substr(0, Uuid::kBytes)) : std::string(from);
  COMPTOIR_ASSIGN_OR_RETURN(const auto customers, Rows(reader, RECORD_KIND_CUSTOMER, customers_from,
                                                       "", limits.customers_max));
  const bool more_customers = customers.size() == limits.customers_max;
  // Addresses of the customers on this page, and what is left of the one before.
  const std::string addresses_from =
      within || from.empty() ? std::string(from) : AfterAddressesOf(from.substr(0, Uuid::kBytes));
  const std::string addresses_end = more_customers ? AfterAddressesOf(customers.back().key) : "";
  COMPTOIR_ASSIGN_OR_RETURN(const auto addresses, Rows(reader, RECORD_KIND_ADDRESS, addresses_from,
                                                       addresses_end, limits.addresses_max));
  const bool more_addresses = addresses.size() == limits.addresses_max;

  OfferPage page;
  if (more_addresses) {
    page.next = After(addresses.back().key);
  } else if (more_customers) {
    page.next = After(customers.back().key);
  }
  // Customers beyond the last address are left for the next page.
  const std::string_view last_owner =
      more_addresses ? std::string_view(addresses.back().key).substr(0, Uuid::kBytes) : "";
  for (const Row& row : customers) {
    if (more_addresses && row.key > last_owner) break;
    COMPTOIR_RETURN_IF_ERROR(OfferCustomer(reader, row, known_sequence, page.offers));
  }
  for (const Row& row : addresses) {
    COMPTOIR_RETURN_IF_ERROR(OfferAddress(reader, row, known_sequence, page));
  }
  return page;
}

absl::Status RemoveOrphans(Transaction& transaction, const std::vector<AddressKey>& orphans) {
  for (const AddressKey& key : orphans) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, key.customer));
    COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(transaction, key));
    if (customer.has_value() || !address.has_value() || address->version() == 0) continue;
    replication::v1::RecordChange removal;
    removal.set_kind(RECORD_KIND_ADDRESS);
    removal.set_key(KeyWriter().Id(key.customer).Id(key.address).key());
    removal.set_removed(true);
    removal.set_version(address->version());
    COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, removal));
  }
  return absl::OkStatus();
}

absl::Status ReadFromBeginning(Transaction& transaction, uint64_t known_sequence,
                               uint64_t high_watermark, const Answered& told) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto cursors, ReadCursors(transaction));
  LostConfiguration lost;
  lost.set_high_watermark(high_watermark);
  COMPTOIR_RETURN_IF_ERROR(
      ForEachConfiguration(transaction, [&](std::string_view key, uint64_t version) {
        if (version <= known_sequence) return;
        auto& record = *lost.add_records();
        record.set_key(std::string(key));
        record.set_version(version);
      }));
  COMPTOIR_RETURN_IF_ERROR(RemoveLostCards(transaction, known_sequence));
  for (const auto& cursor : cursors) ResetCursor(transaction, cursor.membership());
  COMPTOIR_RETURN_IF_ERROR(ForgetAnswered(transaction, told));
  if (lost.records().empty()) {
    transaction.Delete(Table::kMeta, kLostConfigurationKey);
  } else {
    PutRecord(transaction, Table::kMeta, kLostConfigurationKey, lost);
  }
  return absl::OkStatus();
}

absl::Status MakeWayForConfiguration(Transaction& transaction,
                                     const replication::v1::RecordChange& change) {
  const std::string key = KindPrefix(change.kind()) + change.key();
  if (!IsOfConfiguration(key)) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      auto lost, ReadRecord<LostConfiguration>(transaction, Table::kMeta, kLostConfigurationKey));
  if (!lost.has_value()) return absl::OkStatus();
  auto& records = *lost->mutable_records();
  const auto listed = std::find_if(records.begin(), records.end(),
                                   [&](const auto& record) { return record.key() == key; });
  if (listed == records.end()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, transaction.Get(Table::kRecords, key));
  if (stored.has_value() && VersionOf(*stored) == listed->version()) {
    transaction.Delete(Table::kRecords, key);
  }
  // HQ has it, maybe in that very version.
  records.erase(listed);
  PutRecord(transaction, Table::kMeta, kLostConfigurationKey, *lost);
  return absl::OkStatus();
}

absl::Status RemoveLostConfiguration(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto lost, ReadRecord<LostConfiguration>(
                                                 transaction, Table::kMeta, kLostConfigurationKey));
  if (!lost.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto cursors, ReadCursors(transaction));
  const bool read = std::all_of(cursors.begin(), cursors.end(), [&](const auto& cursor) {
    const auto job = cursor.membership().job();
    return (job != replication::v1::JOB_1070_CHANNELS && job != replication::v1::JOB_1110_GLOBAL) ||
           cursor.position().sequence() >= lost->high_watermark();
  });
  if (!read) return absl::OkStatus();
  for (const auto& record : lost->records()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto stored, transaction.Get(Table::kRecords, record.key()));
    if (!stored.has_value()) continue;
    if (VersionOf(*stored) == record.version()) transaction.Delete(Table::kRecords, record.key());
  }
  transaction.Delete(Table::kMeta, kLostConfigurationKey);
  return absl::OkStatus();
}

}  // namespace comptoir::channel
