// The views of customers.h: records as callers see them, and back.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/computed_fields.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/etags.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// A pending record's etag is "p" and a digest of what it holds; where a store's edits aren't at HQ
// yet, it follows HQ's.
constexpr char kPendingEtag = 'p';
constexpr size_t kPendingEtagBytes = 8;

std::string PendingEtagOf(const google::protobuf::MessageLite& record) {
  return PendingEtag(SerializeDeterministically(record));
}

// What a store shows of a record of HQ's with edits of its own on top isn't HQ's version.
template <typename Content>
std::string EditedMark(const Content& content, const google::protobuf::MessageLite& record) {
  return content.edit_pending() ? "+" + PendingEtagOf(record) : "";
}

bool HasPhone(const Customer& customer) { return !customer.phone().number().empty(); }

ViewedCustomer ViewedOf(const CustomerRecord& record) {
  const Customer& customer = record.customer();
  return {.name = customer.name(),
          .state = customer.state(),
          .account_number = customer.account_number(),
          .primary_address_id = record.primary_address_id(),
          .has_phone = HasPhone(customer),
          .version = record.version(),
          .edit_pending = customer.edit_pending()};
}

}  // namespace

Customer CustomerView(CustomerRecord record, std::string_view language,
                      const AddressRecord* primary_address) {
  std::string etag = CustomerEtag(record);
  return CustomerViewWithEtag(std::move(record), std::move(etag), language, primary_address);
}

Customer CustomerViewWithEtag(CustomerRecord record, std::string etag, std::string_view language,
                              const AddressRecord* primary_address) {
  const ViewedCustomer viewed = ViewedOf(record);
  std::string account_number_text(AccountNumberText(viewed, language));
  std::optional<std::string> primary = PrimaryAddressNameOf(viewed);
  const bool shows_phone_of_address = ShowsPhoneOfAddress(viewed);
  Customer view = std::move(*record.mutable_customer());
  view.set_etag(std::move(etag));
  if (!account_number_text.empty()) view.set_account_number_text(std::move(account_number_text));
  if (primary.has_value()) view.set_primary_address(*std::move(primary));
  if (shows_phone_of_address && primary_address != nullptr &&
      primary_address->address().has_phone()) {
    *view.mutable_phone() = primary_address->address().phone();
  }
  return view;
}

Address AddressView(const AddressRecord& record, const CustomerRecord& customer) {
  Address view = record.address();
  view.set_etag(AddressEtag(record));
  view.set_primary(PrimaryAddressNameOf(ViewedOf(customer)) == view.name());
  return view;
}

absl::StatusOr<Customer> ReadCustomerView(const Reader& reader, CustomerRecord record,
                                          std::string_view language) {
  const ViewedCustomer viewed = ViewedOf(record);
  if (!ShowsPhoneOfAddress(viewed)) return CustomerView(std::move(record), language);
  const AddressKey primary{IdOf(record.customer()), Uuid::FromBytes(viewed.primary_address_id)};
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<AddressRecord> address,
                            FindAddress(reader, primary));
  return CustomerView(std::move(record), language, address.has_value() ? &*address : nullptr);
}

Customer PreparedView(const PreparedCustomer& prepared) {
  const AddressRecord* primary = nullptr;
  std::vector<Address> addresses;
  for (const AddressRecord& record : prepared.addresses) {
    addresses.push_back(AddressView(record, prepared.record));
    if (addresses.back().primary()) primary = &record;
    addresses.back().clear_etag();
  }
  Customer view = CustomerView(prepared.record, /*language=*/"", primary);
  view.clear_etag();
  view.clear_state();
  view.clear_account_number_text();
  view.mutable_addresses()->Assign(addresses.begin(), addresses.end());
  view.mutable_warnings()->Assign(prepared.warnings.begin(), prepared.warnings.end());
  return view;
}

absl::StatusOr<CustomerRecord> RecordOfView(const Customer& view, std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, ParseHqEtag(view.etag()));
  if (numbers.size() > 2) return EtagInvalid();
  COMPTOIR_RETURN_IF_ERROR(ParseCustomerName(view.name()).status());

  CustomerRecord record;
  record.set_version(numbers[0]);
  record.set_created_sequence(numbers.size() == 2 ? numbers[1] : 0);
  record.set_request_digest(std::string(request_digest));
  if (!view.primary_address().empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey primary,
                              ParseAddressName(view.primary_address(), "primary_address"));
    record.set_primary_address_id(std::string(primary.address.bytes()));
  }
  Customer& customer = *record.mutable_customer();
  customer = view;
  customer.clear_etag();
  customer.clear_account_number_text();
  customer.clear_primary_address();
  customer.clear_addresses();
  customer.clear_warnings();
  return record;
}

absl::StatusOr<AddressRecord> RecordOfView(const Address& view, std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, ParseHqEtag(view.etag()));
  if (numbers.size() != 3 || numbers[2] > UINT32_MAX) return EtagInvalid();
  COMPTOIR_RETURN_IF_ERROR(ParseAddressName(view.name()).status());

  AddressRecord record;
  record.set_version(numbers[0]);
  record.set_created_sequence(numbers[1]);
  record.set_created_ordinal(static_cast<uint32_t>(numbers[2]));
  record.set_request_digest(std::string(request_digest));
  Address& address = *record.mutable_address();
  address = view;
  address.clear_etag();
  address.clear_primary();
  address.clear_warnings();
  return record;
}

std::string CustomerEtag(const CustomerRecord& record) {
  if (record.version() == 0) return PendingEtagOf(record);
  return HqEtagOfCustomer(record.version(), record.created_sequence()) +
         EditedMark(record.customer(), record);
}

std::string AddressEtag(const AddressRecord& record) {
  if (record.version() == 0) return PendingEtagOf(record);
  return HqEtag({record.version(), record.created_sequence(), record.created_ordinal()}) +
         EditedMark(record.address(), record);
}

std::string PendingEtag(std::string_view record) {
  const std::string digest = Sha256(record);
  return absl::StrCat(std::string(1, kPendingEtag),
                      HexEncode(std::string_view(digest).substr(0, kPendingEtagBytes)));
}

}  // namespace comptoir
