#include "hq-service/domain/customers/open_customer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/epochs.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/customers/reads.h"

namespace comptoir::hq {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

bool Receives(const ChannelConfiguration& channel, const CustomerRecord& record) {
  const auto& own = record.customer().address_books();
  return channel.address_books.empty() ||
         std::any_of(own.begin(), own.end(), [&](const std::string& book) {
           return std::find(channel.address_books.begin(), channel.address_books.end(), book) !=
                  channel.address_books.end();
         });
}

void AddRecord(std::string_view key, std::string_view record, uint64_t version,
               v1::OpenCustomerResponse& response) {
  auto& change = *response.add_records();
  change.set_kind(static_cast<replication::v1::RecordKind>(static_cast<uint8_t>(key.front())));
  change.set_key(std::string(key.substr(1)));
  change.set_record(std::string(record));
  change.set_version(version);
}

absl::Status AddAddresses(const Reader& reader, const CustomerId& id,
                          const std::optional<AddressKey>& wanted,
                          v1::OpenCustomerResponse& response) {
  bool missing = wanted.has_value();
  COMPTOIR_RETURN_IF_ERROR(
      ScanRows(reader, Table::kRecords, PrefixRange(AddressRecordPrefix(id), kPageSizeDefault),
               [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                 COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(value));
                 AddRecord(key, value, record.version(), response);
                 if (missing) missing = key != AddressRecordKey(*wanted);
                 return true;
               }));
  if (!missing) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindAddress(reader, *wanted));
  if (!record.has_value()) return absl::OkStatus();
  AddRecord(AddressRecordKey(*wanted), SerializeDeterministically(*record), record->version(),
            response);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Answered<v1::OpenCustomerResponse>> OpenCustomer(
    Transaction& transaction, const v1::OpenCustomerRequest& request, absl::Time now,
    std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, ResolveChannel(transaction, request.channel()));
  std::optional<AddressKey> wanted;
  std::string name = request.name();
  if (const auto address = ParseAddressName(name); address.ok()) {
    wanted = *address;
    name = CustomerName(address->customer);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord found, FindShownCustomer(transaction, name));
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(found.customer().name()));
  COMPTOIR_ASSIGN_OR_RETURN(Sequence sequence, LastSequence(transaction));
  CustomerRecord opened = found;
  v1::OpenCustomerResponse response;
  if (found.version() != 0 && !Receives(channel, found)) {
    COMPTOIR_ASSIGN_OR_RETURN(sequence, NextSequence(transaction));
    for (const std::string& book : channel.address_books) {
      opened.mutable_customer()->add_address_books(book);
    }
    COMPTOIR_RETURN_IF_ERROR(StoreChangedCustomer(transaction, id, found, opened, sequence, now));
  }
  COMPTOIR_ASSIGN_OR_RETURN(*response.mutable_customer(),
                            ReadCustomerView(transaction, opened, language));
  if (found.version() == 0) return Answered<v1::OpenCustomerResponse>{response, sequence};
  const std::string key = CustomerRecordKey(id);
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, transaction.Get(Table::kRecords, key));
  AddRecord(key, stored.value_or(""), opened.version(), response);
  COMPTOIR_RETURN_IF_ERROR(AddAddresses(transaction, id, wanted, response));
  return Answered<v1::OpenCustomerResponse>{std::move(response), sequence};
}

}  // namespace comptoir::hq
