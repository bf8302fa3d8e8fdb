// Customers and addresses in the database, with the index that finds them, written in the same
// transaction as the record.
//
// Keys of a customer, besides one per distinct word of its names: record, account number, e-mail,
// phone forwards, phone backwards; one more for each secondary e-mail, two for each secondary
// phone. Keys of an address: record, and its place in the order in which active addresses become
// primary.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMERS_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// A stored name is ours: one that doesn't parse is a bug.
CustomerId IdOf(const customer::v1::Customer& customer);

// Keys in table records; that of an address begins with its customer.
std::string CustomerRecordKey(const CustomerId& id);
bool IsCustomerRecordKey(std::string_view key);
// REQUIRES: IsCustomerRecordKey().
CustomerId CustomerOfRecordKey(std::string_view key);
std::string AddressRecordKey(const AddressKey& key);
// The begin of the keys of all addresses of a customer.
std::string AddressRecordPrefix(const CustomerId& customer);

absl::StatusOr<std::optional<storage::v1::CustomerRecord>> FindCustomer(const Reader& reader,
                                                                        const CustomerId& id);
absl::StatusOr<std::optional<storage::v1::AddressRecord>> FindAddress(const Reader& reader,
                                                                      const AddressKey& key);
// Of a stored customer or address, which isn't parsed; 0: HQ doesn't know it yet.
absl::StatusOr<uint64_t> VersionOf(std::string_view record);
absl::StatusOr<std::optional<CustomerId>> FindAccountNumber(const Reader& reader,
                                                            std::string_view account_number);

// Stores a record and brings its index up to date. `old` is what is stored now, as the caller has
// just read it in this transaction.
void PutCustomer(Transaction& transaction, const std::optional<storage::v1::CustomerRecord>& old,
                 const storage::v1::CustomerRecord& record);
void PutAddress(Transaction& transaction, const std::optional<storage::v1::AddressRecord>& old,
                const storage::v1::AddressRecord& record);

// What storing a record writes, worked out from it alone: so it can be before it is the command's
// turn.
struct RecordRows {
  std::string key;
  std::string record;
  NewIndexEntries index;
};
RecordRows RowsOf(const storage::v1::CustomerRecord& record);
RecordRows RowsOf(const storage::v1::AddressRecord& record);
// Stores them where nothing is under the key.
void PutNew(Transaction& transaction, const RecordRows& rows);

// Removes a record and its index entries. A customer's addresses stay: see RemoveAddresses.
void RemoveCustomer(Transaction& transaction, const storage::v1::CustomerRecord& record);
void RemoveAddress(Transaction& transaction, const storage::v1::AddressRecord& record);
// Removes at most so many addresses of a customer; true when none is left. (A1)
absl::StatusOr<bool> RemoveAddresses(Transaction& transaction, const CustomerId& customer,
                                     size_t addresses_max);

// The oldest active address of a customer other than `except`, if any (A7).
absl::StatusOr<std::optional<AddressId>> OldestActiveAddress(
    const Reader& reader, const CustomerId& customer, const std::optional<AddressId>& except);

// What callers see: etag, texts in the caller's language ("en", "fr", "it", "sv"; anything else:
// en), without addresses. A customer without a phone of its own shows that of its primary address
// (A5): pass it if there is one. Not in answers to a channel service, which stores them: see
// RecordOfView. A record that is given away isn't copied.
customer::v1::Customer CustomerView(storage::v1::CustomerRecord record, std::string_view language,
                                    const storage::v1::AddressRecord* primary_address = nullptr);
customer::v1::Address AddressView(const storage::v1::AddressRecord& record,
                                  const storage::v1::CustomerRecord& customer);
// The same with an etag that the caller has worked out.
customer::v1::Customer CustomerViewWithEtag(
    storage::v1::CustomerRecord record, std::string etag, std::string_view language,
    const storage::v1::AddressRecord* primary_address = nullptr);
// Reads the primary address where the view needs it.
absl::StatusOr<customer::v1::Customer> ReadCustomerView(const Reader& reader,
                                                        storage::v1::CustomerRecord record,
                                                        std::string_view language);

// What a create would answer, without what only creation gives: state, account number, dates,
// etags.
customer::v1::Customer PreparedView(const PreparedCustomer& prepared);

// The record behind a view that HQ answered: the inverse of CustomerView (with no primary address
// given) and AddressView, byte for byte, with the version and an address's place out of the etag.
// INVALID_FIELDS if the etag isn't HQ's.
absl::StatusOr<storage::v1::CustomerRecord> RecordOfView(const customer::v1::Customer& view,
                                                         std::string_view request_digest);
absl::StatusOr<storage::v1::AddressRecord> RecordOfView(const customer::v1::Address& view,
                                                        std::string_view request_digest);

// Etags: opaque to callers, the record's version to us. A pending record's is told apart from any
// of HQ's.
std::string CustomerEtag(const storage::v1::CustomerRecord& record);
std::string AddressEtag(const storage::v1::AddressRecord& record);
// Of a pending record, from its bytes as they are stored.
std::string PendingEtag(std::string_view record);

// Lists, in key order, with pages (INVALID_FIELDS for a page size out of range,
// INVALID_PAGE_TOKEN). Where not all customers are shown, a page may be short of the size that was
// asked for, and yet have another after it.
absl::StatusOr<customer::v1::ListCustomersResponse> ListCustomers(
    const Reader& reader, const customer::v1::ListCustomersRequest& request,
    std::string_view language, const IsShown& is_shown = nullptr);
absl::StatusOr<customer::v1::ListAddressesResponse> ListAddresses(
    const Reader& reader, const customer::v1::ListAddressesRequest& request,
    const IsShown& is_shown = nullptr);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMERS_H_
