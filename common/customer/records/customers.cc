#include "common/customer/records/customers.h"

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/message_fields.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// What is computed when read isn't stored, so that a caller may store what it answers.
bool HasComputed(const CustomerRecord& record) {
  const customer::v1::Customer& customer = record.customer();
  return !customer.addresses().empty() || !customer.etag().empty() ||
         !customer.account_number_text().empty() || !customer.primary_address().empty() ||
         !customer.warnings().empty();
}

bool HasComputed(const AddressRecord& record) {
  const customer::v1::Address& address = record.address();
  return !address.etag().empty() || address.primary() || !address.warnings().empty();
}

CustomerRecord WithoutComputed(CustomerRecord record) {
  customer::v1::Customer& customer = *record.mutable_customer();
  customer.clear_addresses();
  customer.clear_etag();
  customer.clear_account_number_text();
  customer.clear_primary_address();
  customer.clear_warnings();
  return record;
}

AddressRecord WithoutComputed(AddressRecord record) {
  customer::v1::Address& address = *record.mutable_address();
  address.clear_etag();
  address.clear_primary();
  address.clear_warnings();
  return record;
}

absl::Status CorruptIndex() {
  return MakeError(Reason::kStorageCorrupt, "A key of the index doesn't parse.");
}

std::string KeyOf(const CustomerRecord& record) {
  const absl::StatusOr<CustomerId> id = ParseCustomerName(record.customer().name());
  COMPTOIR_CHECK_OK(id);
  return CustomerRecordKey(*id);
}

std::string KeyOf(const AddressRecord& record) {
  const absl::StatusOr<AddressKey> key = ParseAddressName(record.address().name());
  COMPTOIR_CHECK_OK(key);
  return AddressRecordKey(*key);
}

template <typename Record>
std::string StoredBytes(const Record& record) {
  if (HasComputed(record)) return SerializeDeterministically(WithoutComputed(record));
  return SerializeDeterministically(record);
}

template <typename Record>
void PutStored(Transaction& transaction, const Record& record) {
  transaction.Put(Table::kRecords, KeyOf(record), StoredBytes(record));
}

}  // namespace

CustomerId IdOf(const customer::v1::Customer& customer) {
  const absl::StatusOr<CustomerId> id = ParseCustomerName(customer.name());
  COMPTOIR_CHECK_OK(id);
  return *id;
}

std::string CustomerRecordKey(const CustomerId& id) {
  return KeyWriter().Byte(replication::v1::RECORD_KIND_CUSTOMER).Id(id).key();
}

bool IsCustomerRecordKey(std::string_view key) {
  return key.size() == 1 + Uuid::kBytes &&
         key.front() == static_cast<char>(replication::v1::RECORD_KIND_CUSTOMER);
}

CustomerId CustomerOfRecordKey(std::string_view key) { return Uuid::FromBytes(key.substr(1)); }

std::string AddressRecordKey(const AddressKey& key) {
  return KeyWriter().Rest(AddressRecordPrefix(key.customer)).Id(key.address).key();
}

std::string AddressRecordPrefix(const CustomerId& customer) {
  return KeyWriter().Byte(replication::v1::RECORD_KIND_ADDRESS).Id(customer).key();
}

absl::StatusOr<std::optional<CustomerRecord>> FindCustomer(const Reader& reader,
                                                           const CustomerId& id) {
  return ReadRecord<CustomerRecord>(reader, Table::kRecords, CustomerRecordKey(id));
}

absl::StatusOr<std::optional<AddressRecord>> FindAddress(const Reader& reader,
                                                         const AddressKey& key) {
  return ReadRecord<AddressRecord>(reader, Table::kRecords, AddressRecordKey(key));
}

absl::StatusOr<uint64_t> VersionOf(std::string_view record) {
  // The two kinds of record begin alike.
  constexpr int kVersionField = CustomerRecord::kVersionFieldNumber;
  static_assert(kVersionField == int{AddressRecord::kVersionFieldNumber});
  uint64_t version = 0;
  const bool parses = VisitFields(record, [&](const MessageField& field) {
    if (field.id == kVersionField) version = field.number;
    return true;
  });
  if (!parses) return MakeError(Reason::kStorageCorrupt, "A record doesn't parse.");
  return version;
}

absl::StatusOr<std::optional<CustomerId>> FindAccountNumber(const Reader& reader,
                                                            std::string_view account_number) {
  const std::string folded = FoldedAccountNumber(account_number);
  const std::string begin =
      KeyWriter().Byte(static_cast<uint8_t>(IndexTag::kAccountNumber)).String(folded).key();
  std::optional<CustomerId> found;
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(Table::kIndex, PrefixRange(begin),
                                       [&](std::string_view key, std::string_view value) {
                                         if (value == account_number) {
                                           found = CustomerOfIndexKey(key);
                                         }
                                         return !found.has_value();
                                       }));
  return found;
}

void PutCustomer(Transaction& transaction, const std::optional<CustomerRecord>& old,
                 const CustomerRecord& record) {
  WriteIndexDifference(transaction, old.has_value() ? &*old : nullptr, &record);
  PutStored(transaction, record);
}

void PutAddress(Transaction& transaction, const std::optional<AddressRecord>& old,
                const AddressRecord& record) {
  WriteIndexDifference(transaction, old.has_value() ? &*old : nullptr, &record);
  PutStored(transaction, record);
}

RecordRows RowsOf(const CustomerRecord& record) {
  return {.key = KeyOf(record),
          .record = StoredBytes(record),
          .index = NewCustomerIndexEntries(record)};
}

RecordRows RowsOf(const AddressRecord& record) {
  return {
      .key = KeyOf(record), .record = StoredBytes(record), .index = NewAddressIndexEntries(record)};
}

void PutNew(Transaction& transaction, const RecordRows& rows) {
  for (const auto& [key, value] : rows.index) transaction.Put(Table::kIndex, key, value);
  transaction.Put(Table::kRecords, rows.key, rows.record);
}

void RemoveCustomer(Transaction& transaction, const CustomerRecord& record) {
  const CustomerRecord* const none = nullptr;
  WriteIndexDifference(transaction, &record, none);
  transaction.Delete(Table::kRecords, KeyOf(record));
}

void RemoveAddress(Transaction& transaction, const AddressRecord& record) {
  const AddressRecord* const none = nullptr;
  WriteIndexDifference(transaction, &record, none);
  transaction.Delete(Table::kRecords, KeyOf(record));
}

absl::StatusOr<bool> RemoveAddresses(Transaction& transaction, const CustomerId& customer,
                                     size_t addresses_max) {
  const std::string prefix = AddressRecordPrefix(customer);
  std::vector<AddressRecord> records;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<AddressRecord>(transaction, Table::kRecords,
                                                      PrefixRange(prefix, addresses_max + 1),
                                                      [&](std::string_view, AddressRecord record) {
                                                        records.push_back(std::move(record));
                                                        return true;
                                                      }));
  const bool all = records.size() <= addresses_max;
  if (!all) records.pop_back();
  for (const AddressRecord& record : records) RemoveAddress(transaction, record);
  return all;
}

absl::StatusOr<std::optional<AddressId>> OldestActiveAddress(
    const Reader& reader, const CustomerId& customer, const std::optional<AddressId>& except) {
  std::optional<AddressId> oldest;
  // One more than is needed: the first may be the exception.
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kIndex,
                                    PrefixRange(ActiveAddressPrefix(customer), 2),
                                    [&](std::string_view key) -> absl::StatusOr<bool> {
                                      const auto address = ParseActiveAddressKey(key);
                                      if (!address.has_value()) return CorruptIndex();
                                      if (address != except) oldest = address;
                                      return !oldest.has_value();
                                    }));
  return oldest;
}

}  // namespace comptoir
