// The views of customers.h: records as callers see them, and back.

#include <charconv>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"
#include "common/customer/texts.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// HQ's etags are "h" and versions in hexadecimal, a pending record's "p" and a digest of what it
// holds; where a store's edits aren't at HQ yet, one follows the other.
constexpr char kHqEtag = 'h';
constexpr char kPendingEtag = 'p';
constexpr size_t kPendingEtagBytes = 8;

std::string PendingEtag(const google::protobuf::MessageLite& record) {
  const std::string digest = Sha256(SerializeDeterministically(record));
  return absl::StrCat(std::string(1, kPendingEtag),
                      HexEncode(std::string_view(digest).substr(0, kPendingEtagBytes)));
}

// What a store shows of a record of HQ's with edits of its own on top isn't HQ's version.
template <typename Content>
std::string EditedMark(const Content& content, const google::protobuf::MessageLite& record) {
  return content.edit_pending() ? "+" + PendingEtag(record) : "";
}

absl::Status EtagInvalid() {
  FieldViolations violations;
  violations.Add("etag", "ETAG_INVALID", "Not an etag of HQ.");
  return violations.ToStatus();
}

// Takes the hexadecimal number that ends at `end`, or at the end of the text if that is '\0', off
// an etag.
std::optional<uint64_t> TakeHex(std::string_view& text, char end) {
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  if (end == '\0') return text.empty() ? std::optional(value) : std::nullopt;
  if (text.empty() || text.front() != end) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

bool TakeHqMark(std::string_view& etag) {
  if (etag.empty() || etag.front() != kHqEtag) return false;
  etag.remove_prefix(1);
  return true;
}

std::optional<AddressId> PrimaryAddressId(const CustomerRecord& record) {
  if (record.primary_address_id().empty()) return std::nullopt;
  return Uuid::FromBytes(record.primary_address_id());
}

// Stored names were made by us; one that doesn't parse fails the check in value().
std::optional<AddressKey> PrimaryAddressKey(const CustomerRecord& record) {
  const std::optional<AddressId> address = PrimaryAddressId(record);
  if (!address.has_value()) return std::nullopt;
  return AddressKey{ParseCustomerName(record.customer().name()).value(), *address};
}

bool HasPhone(const Customer& customer) { return !customer.phone().number().empty(); }

}  // namespace

Customer CustomerView(const CustomerRecord& record, std::string_view language,
                      const AddressRecord* primary_address) {
  Customer view = record.customer();
  view.set_etag(CustomerEtag(record));
  if (!view.account_number().empty()) {
    view.set_account_number_text(view.account_number());
  } else if (view.state() == customer::v1::CUSTOMER_STATE_PENDING) {
    view.set_account_number_text(std::string(TextFor(Text::kPending, language)));
  }
  const std::optional<AddressKey> primary = PrimaryAddressKey(record);
  if (primary.has_value()) view.set_primary_address(AddressName(*primary));
  if (!HasPhone(view) && primary_address != nullptr && primary_address->address().has_phone()) {
    *view.mutable_phone() = primary_address->address().phone();
  }
  return view;
}

Address AddressView(const AddressRecord& record, const CustomerRecord& customer) {
  Address view = record.address();
  view.set_etag(AddressEtag(record));
  const std::optional<AddressKey> primary = PrimaryAddressKey(customer);
  view.set_primary(primary.has_value() && AddressName(*primary) == view.name());
  return view;
}

absl::StatusOr<Customer> ReadCustomerView(const Reader& reader, const CustomerRecord& record,
                                          std::string_view language) {
  const std::optional<AddressKey> primary = PrimaryAddressKey(record);
  if (HasPhone(record.customer()) || !primary.has_value()) return CustomerView(record, language);
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<AddressRecord> address,
                            FindAddress(reader, *primary));
  return CustomerView(record, language, address.has_value() ? &*address : nullptr);
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
  std::string_view etag = view.etag();
  if (!TakeHqMark(etag)) return EtagInvalid();
  const bool numbered = etag.find('-') != std::string_view::npos;
  const std::optional<uint64_t> version = TakeHex(etag, numbered ? '-' : '\0');
  const std::optional<uint64_t> created = numbered ? TakeHex(etag, '\0') : 0;
  if (!version.has_value() || !created.has_value()) return EtagInvalid();
  COMPTOIR_RETURN_IF_ERROR(ParseCustomerName(view.name()).status());

  CustomerRecord record;
  record.set_version(*version);
  record.set_created_sequence(*created);
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
  std::string_view etag = view.etag();
  if (!TakeHqMark(etag)) return EtagInvalid();
  const std::optional<uint64_t> version = TakeHex(etag, '-');
  const std::optional<uint64_t> sequence = TakeHex(etag, '-');
  const std::optional<uint64_t> ordinal = TakeHex(etag, '\0');
  if (!version.has_value() || !sequence.has_value() || !ordinal.has_value() ||
      *ordinal > UINT32_MAX) {
    return EtagInvalid();
  }
  COMPTOIR_RETURN_IF_ERROR(ParseAddressName(view.name()).status());

  AddressRecord record;
  record.set_version(*version);
  record.set_created_sequence(*sequence);
  record.set_created_ordinal(static_cast<uint32_t>(*ordinal));
  record.set_request_digest(std::string(request_digest));
  Address& address = *record.mutable_address();
  address = view;
  address.clear_etag();
  address.clear_primary();
  address.clear_warnings();
  return record;
}

std::string CustomerEtag(const CustomerRecord& record) {
  if (record.version() == 0) return PendingEtag(record);
  const std::string created = record.created_sequence() == 0
                                  ? std::string()
                                  : absl::StrFormat("-%x", record.created_sequence());
  return absl::StrCat(absl::StrFormat("%c%x", kHqEtag, record.version()), created,
                      EditedMark(record.customer(), record));
}

std::string AddressEtag(const AddressRecord& record) {
  if (record.version() == 0) return PendingEtag(record);
  return absl::StrCat(absl::StrFormat("%c%x-%x-%x", kHqEtag, record.version(),
                                      record.created_sequence(), record.created_ordinal()),
                      EditedMark(record.address(), record));
}

}  // namespace comptoir
