#include "channel-service/domain/outbox/pending.h"

#include <optional>
#include <string>
#include <utility>

#include "channel-service/domain/customer_count.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/status.h"
#include "common/customer/requests/errors.h"
#include "common/storage/message_fields.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

absl::Status CorruptOperation() {
  return MakeError(Reason::kStorageCorrupt, "An operation isn't what it says.");
}

absl::StatusOr<AddressKey> KeyOf(const AddressRecord& record) {
  return ParseAddressName(record.address().name());
}

}  // namespace

Operation CreateOperation(PreparedCustomer prepared, std::string_view request_digest,
                          const ChannelConfiguration& channel, absl::Time now) {
  const google::protobuf::Timestamp time = ToTimestamp(now);
  Operation operation;
  operation.set_customer_id(std::string(prepared.id.bytes()));
  operation.set_request_id(std::string(prepared.id.bytes()));
  operation.set_request_digest(std::string(request_digest));
  operation.set_channel(channel.channel);
  *operation.mutable_capture_time() = time;
  operation.set_configuration_version(channel.version);
  operation.mutable_create_customer()->set_allocated_customer(prepared.record.release_customer());
  Customer& customer = *operation.mutable_create_customer()->mutable_customer();
  *customer.mutable_create_time() = time;
  *customer.mutable_update_time() = time;
  for (AddressRecord& record : prepared.addresses) {
    Address& address = *customer.add_addresses();
    address = std::move(*record.mutable_address());
    const auto key = ParseAddressName(address.name());
    address.set_primary(key.ok() && key->address.bytes() == prepared.record.primary_address_id());
    *address.mutable_create_time() = time;
    *address.mutable_update_time() = time;
  }
  return operation;
}

absl::StatusOr<PendingRecords> RecordsOfCreate(Operation operation) {
  if (!operation.has_create_customer() || !IsIdBytes(operation.customer_id()))
    return CorruptOperation();
  const CustomerId id = CustomerId::FromBytes(operation.customer_id());
  PendingRecords records;
  CustomerRecord& record = records.customer;
  record.set_allocated_customer(operation.mutable_create_customer()->release_customer());
  Customer& customer = *record.mutable_customer();
  if (customer.name() != CustomerName(id)) return CorruptOperation();
  auto addresses = std::move(*customer.mutable_addresses());
  customer.clear_addresses();
  for (Address& address : addresses) {
    const auto key = ParseAddressName(address.name());
    if (!key.ok() || key->customer != id) return CorruptOperation();
    if (address.primary()) record.set_primary_address_id(std::string(key->address.bytes()));
    AddressRecord& address_record = records.addresses.emplace_back();
    address_record.set_request_digest(operation.request_digest());
    address_record.set_created_ordinal(static_cast<uint32_t>(records.addresses.size() - 1));
    *address_record.mutable_address() = std::move(address);
    address_record.mutable_address()->clear_primary();
    address_record.mutable_address()->set_pending(true);
  }
  customer.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  record.set_request_digest(operation.request_digest());
  return records;
}

absl::StatusOr<PendingKeys> KeysOfCreate(const OutboxRow& row) {
  if (!IsIdBytes(row.customer_id())) return CorruptOperation();
  PendingKeys create{.customer = CustomerId::FromBytes(row.customer_id()),
                     .request_digest = std::string(row.request_digest())};
  std::string_view customer;
  bool consistent = VisitFields(row.content(), [&](const MessageField& field) {
    if (field.id == replication::v1::CreateCustomer::kCustomerFieldNumber) customer = field.bytes;
    return true;
  });
  std::string_view name;
  const auto add_address = [&](const MessageField& field) {
    if (field.id != Address::kNameFieldNumber) return true;
    const auto key = ParseAddressName(field.bytes);
    if (!key.ok() || key->customer != create.customer) return false;
    create.addresses.push_back(*key);
    return true;
  };
  consistent = consistent && VisitFields(customer, [&](const MessageField& field) {
                 if (field.id == Customer::kNameFieldNumber) name = field.bytes;
                 if (field.id != Customer::kAddressesFieldNumber) return true;
                 return VisitFields(field.bytes, add_address);
               });
  if (!consistent || name != CustomerName(create.customer)) return CorruptOperation();
  return create;
}

absl::StatusOr<std::vector<PendingRecords>> RecordsOfUnsettledCreates(const Reader& reader,
                                                                      const CustomerId& id) {
  std::vector<PendingRecords> creates;
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<OutboxItem> items, OperationsOfCustomer(reader, id));
  for (const OutboxItem& item : items) {
    const Operation& operation = item.entry.operation();
    if (!operation.has_create_customer()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(creates.emplace_back(), RecordsOfCreate(operation));
  }
  return creates;
}

absl::Status PutPendingRecords(Transaction& transaction, const PendingRecords& records) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id,
                            ParseCustomerName(records.customer.customer().name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, id));
  return PutPendingRecords(transaction, customer, records);
}

absl::Status PutPendingRecords(Transaction& transaction,
                               const std::optional<CustomerRecord>& customer,
                               const PendingRecords& records) {
  std::vector<std::optional<AddressRecord>> addresses;
  for (const AddressRecord& record : records.addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, KeyOf(record));
    COMPTOIR_ASSIGN_OR_RETURN(auto address, FindAddress(transaction, key));
    addresses.push_back(std::move(address));
  }

  if (customer.has_value() && customer->version() != 0) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, customer.has_value() ? 0 : 1));
  PutCustomer(transaction, customer, records.customer);
  for (size_t i = 0; i < addresses.size(); ++i) {
    const bool of_hq = addresses[i].has_value() && addresses[i]->version() != 0;
    if (!of_hq) PutAddress(transaction, addresses[i], records.addresses[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PendingCreate>> NewPendingCreate(Operation operation,
                                                                std::string_view language) {
  std::string encoded = SerializeDeterministically(operation);
  auto records = RecordsOfCreate(std::move(operation));
  COMPTOIR_RETURN_IF_ERROR(records.status());
  CustomerRecord& customer = records->customer;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(customer.customer().name()));
  const AddressRecord* primary = nullptr;
  std::vector<AddressKey> keys;
  std::vector<RecordRows> rows;
  for (const AddressRecord& record : records->addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(keys.emplace_back(), KeyOf(record));
    if (keys.back().address.bytes() == customer.primary_address_id()) primary = &record;
    rows.push_back(RowsOf(record));
  }
  RecordRows customer_rows = RowsOf(customer);
  std::string etag = PendingEtag(customer_rows.record);
  std::unique_ptr<PendingCreate> create(new PendingCreate{
      .id = id,
      .addresses = std::move(keys),
      .operation = std::move(encoded),
      .customer_rows = std::move(customer_rows),
      .address_rows = std::move(rows),
      .view = CustomerViewWithEtag(std::move(customer), std::move(etag), language, primary)});
  for (size_t i = 0; i < records->addresses.size(); ++i) {
    Address& address = *create->view.add_addresses();
    address = std::move(*records->addresses[i].mutable_address());
    address.set_etag(PendingEtag(create->address_rows[i].record));
    address.set_primary(address.name() == create->view.primary_address());
  }
  return create;
}

absl::Status PutPendingCreate(Transaction& transaction, const PendingCreate& create) {
  std::vector<std::optional<AddressRecord>> stored;
  for (const RecordRows& rows : create.address_rows) {
    COMPTOIR_ASSIGN_OR_RETURN(stored.emplace_back(),
                              ReadRecord<AddressRecord>(transaction, Table::kRecords, rows.key));
  }
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, 1));
  PutNew(transaction, create.customer_rows);
  for (size_t i = 0; i < stored.size(); ++i) {
    const RecordRows& rows = create.address_rows[i];
    if (!stored[i].has_value()) {
      PutNew(transaction, rows);
    } else if (stored[i]->version() == 0) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(rows.record));
      PutAddress(transaction, stored[i], record);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<AddressRecord>> FindOwnAddressRecord(const Reader& reader,
                                                                  const AddressKey& key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kRecords, AddressRecordKey(key)));
  if (!bytes.has_value()) return std::nullopt;
  // HQ's, mostly.
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(*bytes));
  if (version != 0) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(AddressRecord record, ParseRecord<AddressRecord>(*bytes));
  return std::optional<AddressRecord>(std::move(record));
}

absl::Status RemovePendingAddresses(Transaction& transaction, const PendingKeys& create) {
  for (const AddressKey& key : create.addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindOwnAddressRecord(transaction, key));
    // Another create may have put another one there since.
    if (address.has_value() && address->request_digest() == create.request_digest) {
      RemoveAddress(transaction, *address);
    }
  }
  return absl::OkStatus();
}

bool IsRejected(const CustomerRecord& record) {
  return record.customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
}

absl::StatusOr<CustomerRecord> FindChangeable(const Reader& reader, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(reader, id));
  if (!record.has_value()) return CustomerNotFound(CustomerName(id));
  if (IsRejected(*record)) {
    return CustomerRejected(CustomerName(id));
  }
  return *std::move(record);
}

bool IsIdBytes(std::string_view bytes) { return bytes.size() == Uuid::kBytes; }

}  // namespace comptoir::channel
