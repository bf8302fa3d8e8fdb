// The lists of customers.h.

#include "absl/strings/escaping.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/customers.h"
#include "common/customer/limits.h"
#include "common/customer/record_io.h"
#include "common/storage/key_codec.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

constexpr std::string_view kAllCustomers = "customers/-";
constexpr size_t kTokenDigestBytes = 8;

// Tells a token's method and parent, so that one of another request isn't taken. Not a secret: a
// key is all it gives.
std::string TokenDigest(std::string_view prefix, std::string_view key) {
  const std::string input = KeyWriter().String("page token").String(prefix).String(key).key();
  return Sha256(input).substr(0, kTokenDigestBytes);
}

std::string MakePageToken(std::string_view prefix, std::string_view last_key) {
  std::string bytes = TokenDigest(prefix, last_key);
  bytes.append(last_key);
  return absl::WebSafeBase64Escape(bytes);
}

// The key after which the page begins.
absl::StatusOr<std::string> ParsePageToken(std::string_view prefix, std::string_view token) {
  std::string bytes;
  if (absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) && bytes.size() > kTokenDigestBytes) {
    std::string key = bytes.substr(kTokenDigestBytes);
    // Compared as text: decoding is lenient, a token isn't.
    if (key.starts_with(prefix) && MakePageToken(prefix, key) == token) return key;
  }
  return MakeError(Reason::kInvalidPageToken, "The page token wasn't given for this request.");
}

absl::StatusOr<size_t> PageSize(int32_t requested) {
  if (requested == 0) return kListPageSizeDefault;
  if (requested > 0 && requested <= kListPageSizeMax) return static_cast<size_t>(requested);
  FieldViolations violations;
  violations.Add("page_size", "OUT_OF_RANGE", "Must be 1 to 1,000, or 0 for the default.");
  return violations.ToStatus();
}

struct Page {
  std::vector<std::string> values;
  std::string next_page_token;
};

// A page of the records whose keys begin with `prefix`.
absl::StatusOr<Page> ReadPage(const Reader& reader, const std::string& prefix,
                              int32_t requested_size, std::string_view token) {
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSize(requested_size));
  KeyRange range = PrefixRange(prefix, page_size + 1);
  if (!token.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(range.begin, ParsePageToken(prefix, token));
    range.begin.push_back('\0');
  }
  Page page;
  std::string last_key;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(Table::kRecords, range, [&](std::string_view key, std::string_view value) {
        if (page.values.size() == page_size) {
          page.next_page_token = MakePageToken(prefix, last_key);
          return false;
        }
        last_key = std::string(key);
        page.values.emplace_back(value);
        return true;
      }));
  return page;
}

// The customer of an address; empty if it hasn't come to this channel.
absl::StatusOr<CustomerRecord> ReadParent(const Reader& reader, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<CustomerRecord> customer, FindCustomer(reader, id));
  return customer.has_value() ? *std::move(customer) : CustomerRecord();
}

// The key prefix of the addresses to list.
absl::StatusOr<std::string> AddressesPrefix(const Reader& reader, std::string_view parent) {
  KeyWriter prefix;
  prefix.Byte(replication::v1::RECORD_KIND_ADDRESS);
  if (parent == kAllCustomers) return prefix.key();
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(parent, "parent"));
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<CustomerRecord> customer, FindCustomer(reader, id));
  if (!customer.has_value()) {
    return MakeError(Reason::kCustomerNotFound, "No such customer.", {{"customer", id.ToString()}});
  }
  return prefix.Id(id).key();
}

}  // namespace

absl::StatusOr<customer::v1::ListCustomersResponse> ListCustomers(
    const Reader& reader, const customer::v1::ListCustomersRequest& request,
    std::string_view language) {
  const std::string prefix = KeyWriter().Byte(replication::v1::RECORD_KIND_CUSTOMER).key();
  COMPTOIR_ASSIGN_OR_RETURN(Page page,
                            ReadPage(reader, prefix, request.page_size(), request.page_token()));
  customer::v1::ListCustomersResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const std::string& value : page.values) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<CustomerRecord>(value));
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_customers(),
                              ReadCustomerView(reader, record, language));
  }
  return response;
}

absl::StatusOr<customer::v1::ListAddressesResponse> ListAddresses(
    const Reader& reader, const customer::v1::ListAddressesRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string prefix, AddressesPrefix(reader, request.parent()));
  COMPTOIR_ASSIGN_OR_RETURN(Page page,
                            ReadPage(reader, prefix, request.page_size(), request.page_token()));
  customer::v1::ListAddressesResponse response;
  response.set_next_page_token(page.next_page_token);
  std::optional<CustomerId> parent_id;
  CustomerRecord parent;
  for (const std::string& value : page.values) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(value));
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(record.address().name()));
    // Addresses of a customer follow each other: each customer is read once.
    if (parent_id != key.customer) {
      COMPTOIR_ASSIGN_OR_RETURN(parent, ReadParent(reader, key.customer));
      parent_id = key.customer;
    }
    *response.add_addresses() = AddressView(record, parent);
  }
  return response;
}

}  // namespace comptoir
