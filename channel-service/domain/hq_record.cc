#include "channel-service/domain/hq_record.h"

#include <string>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/outbox.h"
#include "channel-service/domain/own_addresses.h"
#include "channel-service/domain/pending.h"
#include "common/base/status.h"
#include "common/customer/apply_change.h"
#include "common/customer/customers.h"
#include "common/storage/key_codec.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

constexpr int kRecordKindMax = 255;      // the first byte of a key
constexpr size_t kAddressKeyBytes = 32;  // two ids

absl::Status Corrupt() {
  return MakeError(Reason::kStorageCorrupt, "A change isn't what its kind and key say.");
}

template <typename Record>
bool Parses(const RecordChange& change) {
  return Record().ParseFromString(change.record());
}

bool IsCustomer(const RecordChange& change) {
  if (!IsIdBytes(change.key())) return false;
  if (change.removed()) return true;
  CustomerRecord record;
  if (!record.ParseFromString(change.record())) return false;
  const auto id = ParseCustomerName(record.customer().name());
  const std::string& primary = record.primary_address_id();
  return id.ok() && id->bytes() == change.key() && (primary.empty() || IsIdBytes(primary));
}

bool IsAddress(const RecordChange& change) {
  if (change.removed()) return change.key().size() == kAddressKeyBytes;
  AddressRecord record;
  if (!record.ParseFromString(change.record())) return false;
  const auto name = ParseAddressName(record.address().name());
  return name.ok() && KeyWriter().Id(name->customer).Id(name->address).key() == change.key();
}

bool IsReadable(const RecordChange& change) {
  switch (change.kind()) {
    case replication::v1::RECORD_KIND_CUSTOMER:
      return IsCustomer(change);
    case replication::v1::RECORD_KIND_ADDRESS:
      return IsAddress(change);
    case replication::v1::RECORD_KIND_CHANNEL:
      return change.removed() || Parses<storage::v1::ChannelRecord>(change);
    case replication::v1::RECORD_KIND_PROFILE:
      return change.removed() || Parses<storage::v1::ProfileRecord>(change);
    case replication::v1::RECORD_KIND_OPERATING_UNIT:
      return change.removed() || Parses<storage::v1::OperatingUnitRecord>(change);
    case replication::v1::RECORD_KIND_CHAIN:
      return change.removed() || Parses<storage::v1::ChainRecord>(change);
    case replication::v1::RECORD_KIND_NUMBER_SEQUENCE:
      return change.removed() || Parses<storage::v1::NumberSequenceRecord>(change);
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
      return change.removed() || Parses<storage::v1::ConfigurationRecord>(change);
    default:
      return change.kind() >= 1 && change.kind() <= kRecordKindMax;
  }
}

// True if a removal would take away what the store made itself.
absl::StatusOr<bool> IsOwnWork(const Reader& reader, const CustomerId& id,
                               const CustomerRecord& record) {
  if (record.version() == 0) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<OutboxItem> items, OperationsOfCustomer(reader, id));
  return !items.empty();
}

absl::Status RemoveHqCustomer(Transaction& transaction, const RecordChange& change,
                              const CustomerId& id, const CustomerRecord& stored) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool own_work, IsOwnWork(transaction, id, stored));
  if (own_work || stored.version() > change.version()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, -1));
  return ApplyRecordChange(transaction, change);
}

// The addresses of the unsettled creates of a customer that HQ knows from another request.
absl::Status RemoveAddressesOfOwnCreates(Transaction& transaction, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<OutboxItem> items,
                            OperationsOfCustomer(transaction, id));
  for (const OutboxItem& item : items) {
    if (!item.entry.operation().has_create_customer()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const PendingRecords records,
                              RecordsOfCreate(item.entry.operation()));
    COMPTOIR_RETURN_IF_ERROR(RemovePendingAddresses(transaction, records));
  }
  return absl::OkStatus();
}

absl::Status ApplyHqCustomer(Transaction& transaction, const RecordChange& change) {
  const CustomerId id = CustomerId::FromBytes(change.key());
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, id));
  if (change.removed()) {
    if (!stored.has_value()) return absl::OkStatus();
    return RemoveHqCustomer(transaction, change, id, *stored);
  }
  if (!stored.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, 1));
    COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change));
    return ReplayOnHqCustomer(transaction, id);
  }
  CustomerRecord record;
  if (!record.ParseFromString(change.record())) return Corrupt();
  if (stored->version() > record.version()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change));
  if (stored->version() == 0 && record.request_digest() != stored->request_digest()) {
    COMPTOIR_RETURN_IF_ERROR(RemoveAddressesOfOwnCreates(transaction, id));
  }
  return ReplayOnHqCustomer(transaction, id);
}

absl::Status ApplyHqAddress(Transaction& transaction, const RecordChange& change) {
  KeyReader reader(change.key());
  const auto customer = reader.Id();
  const auto address = reader.Id();
  if (!reader.ok()) return Corrupt();
  const AddressKey key{*customer, *address};
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(transaction, key));
  COMPTOIR_RETURN_IF_ERROR(ApplyRecordChange(transaction, change));
  if (!stored.has_value() || stored->version() != 0) return absl::OkStatus();
  return EndOwnAddress(transaction, key);
}

}  // namespace

absl::Status CheckRecordChange(const RecordChange& change) {
  return IsReadable(change) ? absl::OkStatus() : Corrupt();
}

absl::Status ApplyHqRecord(Transaction& transaction, const RecordChange& change) {
  switch (change.kind()) {
    case replication::v1::RECORD_KIND_CUSTOMER:
      return ApplyHqCustomer(transaction, change);
    case replication::v1::RECORD_KIND_ADDRESS:
      return ApplyHqAddress(transaction, change);
    default:
      return ApplyRecordChange(transaction, change);
  }
}

}  // namespace comptoir::channel
