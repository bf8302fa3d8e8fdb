// The lists of customers.h.

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

constexpr std::string_view kAllCustomers = "customers/-";

// The customer of an address; empty if it hasn't come to this channel.
absl::StatusOr<CustomerRecord> ReadParent(const Reader& reader, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<CustomerRecord> customer, FindCustomer(reader, id));
  return customer.has_value() ? *std::move(customer) : CustomerRecord();
}

// The key prefix of the addresses to list.
absl::StatusOr<std::string> AddressesPrefix(std::string_view parent, ShownCustomers& shown) {
  KeyWriter prefix;
  prefix.Byte(replication::v1::RECORD_KIND_ADDRESS);
  if (parent == kAllCustomers) return prefix.key();
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(parent, "parent"));
  COMPTOIR_RETURN_IF_ERROR(shown.Find(id).status());
  return prefix.Id(id).key();
}

// One page of the rows of customers, or of their addresses, that are shown.
absl::StatusOr<Page> ReadShownPage(const Reader& reader, const std::string& prefix,
                                   const PageRequest& request, ShownCustomers& shown) {
  if (shown.all()) return ReadPage(reader, Table::kRecords, {prefix}, request);
  Page page;
  const auto take = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    KeyReader parts(key);
    parts.Byte();
    const auto id = parts.Id();
    const bool is_shown = parts.ok() && shown.Contains(*id);
    COMPTOIR_RETURN_IF_ERROR(shown.status());
    if (is_shown) page.rows.emplace_back(key, value);
    return is_shown;
  };
  COMPTOIR_ASSIGN_OR_RETURN(page.next_page_token,
                            ReadFilteredPage(reader, Table::kRecords, {prefix}, request, take));
  return page;
}

}  // namespace

absl::StatusOr<customer::v1::ListCustomersResponse> ListCustomers(
    const Reader& reader, const customer::v1::ListCustomersRequest& request,
    std::string_view language, const IsShown& is_shown) {
  const std::string prefix = KeyWriter().Byte(replication::v1::RECORD_KIND_CUSTOMER).key();
  ShownCustomers shown(reader, is_shown, kRowsPerPageMax);
  COMPTOIR_ASSIGN_OR_RETURN(
      const Page page,
      ReadShownPage(reader, prefix,
                    {.page_size = request.page_size(), .page_token = request.page_token()}, shown));
  customer::v1::ListCustomersResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<CustomerRecord>(value));
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_customers(),
                              ReadCustomerView(reader, std::move(record), language));
  }
  return response;
}

absl::StatusOr<customer::v1::ListAddressesResponse> ListAddresses(
    const Reader& reader, const customer::v1::ListAddressesRequest& request,
    const IsShown& is_shown) {
  ShownCustomers shown(reader, is_shown, kRowsPerPageMax);
  COMPTOIR_ASSIGN_OR_RETURN(const std::string prefix, AddressesPrefix(request.parent(), shown));
  COMPTOIR_ASSIGN_OR_RETURN(
      const Page page,
      ReadShownPage(reader, prefix,
                    {.page_size = request.page_size(), .page_token = request.page_token()}, shown));
  customer::v1::ListAddressesResponse response;
  response.set_next_page_token(page.next_page_token);
  std::optional<CustomerId> parent_id;
  CustomerRecord parent;
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(value));
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey address, ParseAddressName(record.address().name()));
    // Addresses of a customer follow each other: each customer is read once.
    if (parent_id != address.customer) {
      COMPTOIR_ASSIGN_OR_RETURN(parent, ReadParent(reader, address.customer));
      parent_id = address.customer;
    }
    *response.add_addresses() = AddressView(record, parent);
  }
  return response;
}

}  // namespace comptoir
