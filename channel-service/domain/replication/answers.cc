#include "channel-service/domain/replication/answers.h"

#include <optional>
#include <string>
#include <utility>

#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/hq_record.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

template <typename Record>
RecordChange ChangeOf(replication::v1::RecordKind kind, std::string key, const Record& record) {
  RecordChange change;
  change.set_kind(kind);
  change.set_key(std::move(key));
  change.set_record(record.SerializeAsString());
  change.set_version(record.version());
  return change;
}

RecordChange ChangeOf(const CustomerRecord& record, const CustomerId& id) {
  return ChangeOf(replication::v1::RECORD_KIND_CUSTOMER, std::string(id.bytes()), record);
}

RecordChange ChangeOf(const AddressRecord& record, const AddressKey& key) {
  return ChangeOf(replication::v1::RECORD_KIND_ADDRESS,
                  KeyWriter().Id(key.customer).Id(key.address).key(), record);
}

const AddressRecord* PrimaryOf(const CustomerWithAddresses& records) {
  for (const AddressRecord& record : records.addresses) {
    const auto key = ParseAddressName(record.address().name());
    if (key.ok() && key->address.bytes() == records.customer.primary_address_id()) return &record;
  }
  return nullptr;
}

// The position rule; and what is HQ's here already isn't replaced by an answer of an HQ that was
// maybe restored and hasn't been greeted: it might be all that is left of what HQ has lost.
template <typename Record>
absl::StatusOr<bool> MayStore(const Reader& reader, const replication::v1::Position& position,
                              const google::protobuf::RepeatedPtrField<std::string>& address_books,
                              const std::optional<Record>& stored) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool may_store, MayStoreAnswer(reader, position, address_books));
  if (!may_store || !stored.has_value() || stored->version() == 0) return may_store;
  return IsOfGreetedEpoch(reader, position);
}

template <typename View, typename Record>
absl::StatusOr<bool> IsOfLesserHq(const Reader& reader, const HqAnswer<View>& answer,
                                  const std::optional<Record>& stored) {
  if (!stored.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const Record answered,
                            RecordOfView(answer.value, stored->request_digest()));
  if (answered.version() >= stored->version()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const bool greeted, IsOfGreetedEpoch(reader, answer.position));
  return !greeted;
}

}  // namespace

absl::StatusOr<CustomerWithAddresses> RecordsOfAnswer(const Customer& answer, const CustomerId& id,
                                                      std::string_view request_digest) {
  const bool synced = answer.state() == customer::v1::CUSTOMER_STATE_SYNCED &&
                      !answer.account_number().empty() && answer.name() == CustomerName(id);
  if (!synced) return absl::InternalError("HQ's answer isn't the synced customer.");
  CustomerWithAddresses records;
  COMPTOIR_ASSIGN_OR_RETURN(records.customer, RecordOfView(answer, request_digest));
  for (const Address& address : answer.addresses()) {
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(address.name()));
    if (key.customer != id) return absl::InternalError("HQ answered another customer's address.");
    COMPTOIR_ASSIGN_OR_RETURN(AddressRecord record, RecordOfView(address, request_digest));
    records.addresses.push_back(std::move(record));
  }
  return records;
}

AnsweredRecords::AnsweredRecords(CustomerWithAddresses records)
    : records_(std::move(records)), id_(IdOf(records_.customer.customer())) {
  // They stay where they are.
  changes_.reserve(records_.addresses.size() + 1);
  const auto add = [this](RecordChange change, const auto& record) {
    parsed_.push_back(ParsedChange::Of(changes_.emplace_back(std::move(change)), record, arena_));
  };
  for (const AddressRecord& record : records_.addresses) {
    const absl::StatusOr<AddressKey> key = ParseAddressName(record.address().name());
    COMPTOIR_CHECK_OK(key);
    add(ChangeOf(record, *key), record);
  }
  add(ChangeOf(records_.customer, id_), records_.customer);
}

Customer CreatedView(const CustomerWithAddresses& records, std::string_view language) {
  Customer view = CustomerView(records.customer, language, PrimaryOf(records));
  for (const AddressRecord& record : records.addresses) {
    *view.add_addresses() = AddressView(record, records.customer);
  }
  return view;
}

absl::Status StoreCreated(Transaction& transaction, const AnsweredRecords& records,
                          const replication::v1::Position& position) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, records.id()));
  COMPTOIR_ASSIGN_OR_RETURN(
      const bool may_store,
      MayStore(transaction, position, records->customer.customer().address_books(), stored));
  if (!may_store) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, position));
  COMPTOIR_RETURN_IF_ERROR(
      KeepNumbers(transaction, {records->customer.customer().account_number()}));
  for (const ParsedChange& change : records.changes()) {
    COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, change));
  }
  return absl::OkStatus();
}

absl::Status StoreEdited(Transaction& transaction, const HqAnswer<Customer>& answer,
                         const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(transaction, id));
  COMPTOIR_ASSIGN_OR_RETURN(const bool may_store, MayStore(transaction, answer.position,
                                                           answer.value.address_books(), stored));
  if (!may_store || !stored.has_value()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, answer.position));
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord record,
                            RecordOfView(answer.value, stored->request_digest()));
  return ApplyHqRecord(transaction, ChangeOf(record, id));
}

absl::Status StoreEdited(Transaction& transaction, const HqAnswer<Address>& answer,
                         std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(answer.value.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, key.customer));
  if (!customer.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(transaction, key));
  COMPTOIR_ASSIGN_OR_RETURN(
      const bool may_store,
      MayStore(transaction, answer.position, customer->customer().address_books(), stored));
  const bool known = stored.has_value() || !request_digest.empty();
  if (!may_store || !known) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, answer.position));
  COMPTOIR_ASSIGN_OR_RETURN(
      const AddressRecord record,
      RecordOfView(answer.value, stored.has_value() ? std::string_view(stored->request_digest())
                                                    : request_digest));
  return ApplyHqRecord(transaction, ChangeOf(record, key));
}

absl::StatusOr<bool> IsOfLesserHq(const Reader& reader, const HqAnswer<Customer>& answer) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(answer.value.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindCustomer(reader, id));
  return IsOfLesserHq(reader, answer, stored);
}

absl::StatusOr<bool> IsOfLesserHq(const Reader& reader, const HqAnswer<Address>& answer) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(answer.value.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindAddress(reader, key));
  return IsOfLesserHq(reader, answer, stored);
}

absl::Status CheckOpened(const hq::v1::OpenCustomerResponse& response) {
  std::string customer;
  for (const RecordChange& change : response.records()) {
    COMPTOIR_RETURN_IF_ERROR(CheckRecordChange(change));
    const bool first = customer.empty();
    if (first) customer = change.key();
    const auto kind =
        first ? replication::v1::RECORD_KIND_CUSTOMER : replication::v1::RECORD_KIND_ADDRESS;
    if (change.kind() != kind || change.removed() || !change.key().starts_with(customer)) {
      return absl::InternalError("HQ's answer isn't a customer with its addresses.");
    }
  }
  return absl::OkStatus();
}

absl::Status StoreOpened(Transaction& transaction,
                         const HqAnswer<hq::v1::OpenCustomerResponse>& answer) {
  const auto& records = answer.value.records();
  CustomerRecord customer;
  if (records.empty() || !customer.ParseFromString(records[0].record())) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored,
                            FindCustomer(transaction, CustomerId::FromBytes(records[0].key())));
  COMPTOIR_ASSIGN_OR_RETURN(
      const bool may_store,
      MayStore(transaction, answer.position, customer.customer().address_books(), stored));
  if (!may_store) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, answer.position));
  for (int i = 1; i < records.size(); ++i) {
    COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, records[i]));
  }
  return ApplyHqRecord(transaction, records[0]);
}

}  // namespace comptoir::channel
