#include "common/customer/rules/address_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/derive.h"
#include "common/customer/rules/rules.h"
#include "common/customer/texts.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Warning;

void AddWarning(std::string_view reason, std::string_view prefix, std::string_view field,
                std::vector<Warning>& warnings) {
  warnings.push_back(MakeWarning(reason, absl::StrCat(ToAbsl(prefix), ToAbsl(field))));
}

// True if the phone had to be flagged.
bool UnderstandPhone(Address& address, const Customer& customer,
                     std::optional<std::string_view> phone_country) {
  customer::v1::Phone& phone = *address.mutable_phone();
  // Often it is the customer's own, and understanding one costs more than all else here.
  const bool alike =
      phone_country == address.country() && phone.number() == customer.phone().number();
  if (!alike) return DerivePhone(phone, address.country());
  phone.set_e164(customer.phone().e164());
  phone.set_unparsable(customer.phone().unparsable());
  return phone.unparsable();
}

void CompletePhone(Address& address, const Customer& customer,
                   std::optional<std::string_view> phone_country, std::string_view prefix,
                   std::vector<Warning>& warnings) {
  if (!IsBlank(address.phone().number())) {
    if (UnderstandPhone(address, customer, phone_country)) {
      AddWarning("PHONE_UNPARSABLE", prefix, "phone", warnings);
    }
    return;
  }
  // The customer's was flagged where the customer is.
  address.clear_phone();
  if (!customer.has_phone()) return;
  *address.mutable_phone() = customer.phone();
  // Consent was given for the customer's phone, and stays there. (C5)
  address.mutable_phone()->clear_consent();
}

PreparedAddress Prepared(Address address, const AddressKey& key, const Customer& customer,
                         const ChannelConfiguration& channel) {
  PreparedAddress prepared{.id = key.address, .primary = address.primary()};
  address.set_name(AddressName(key));
  address.clear_primary();
  CompleteAddress(address, customer, std::nullopt, channel, "", prepared.warnings);
  *prepared.record.mutable_address() = std::move(address);
  return prepared;
}

}  // namespace

bool IsBlankAddress(const Address& address) {
  const bool blank_street = std::all_of(address.street().begin(), address.street().end(),
                                        [](const std::string& line) { return IsBlank(line); });
  return blank_street && IsBlank(address.street_number()) && IsBlank(address.building()) &&
         IsBlank(address.district()) && IsBlank(address.city()) && IsBlank(address.county()) &&
         IsBlank(address.postal_code()) && IsBlank(address.country()) &&
         IsBlank(address.phone().number()) && IsBlank(address.email().address()) &&
         IsBlank(address.url());
}

std::string_view AddressCountry(const Address& address, const ChannelConfiguration& channel) {
  return address.country().empty() ? channel.default_country : address.country();
}

void CompleteAddress(Address& address, const Customer& customer,
                     std::optional<std::string_view> phone_country,
                     const ChannelConfiguration& channel, std::string_view prefix,
                     std::vector<Warning>& warnings) {
  if (IsBlank(address.display_name())) address.set_display_name(customer.display_name());
  if (address.purposes().empty()) {
    const bool organization = customer.type() == customer::v1::CUSTOMER_TYPE_ORGANIZATION;
    address.add_purposes(organization ? "Business" : "Home");
  }
  address.set_country(std::string(AddressCountry(address, channel)));
  if (address.country().empty()) {
    AddWarning("ADDRESS_WITHOUT_COUNTRY", prefix, "country", warnings);
  }
  CompletePhone(address, customer, phone_country, prefix, warnings);
  DeriveEmails(address);
}

absl::StatusOr<PreparedAddress> PrepareAddress(const Address& address, const AddressId& id,
                                               const Customer& customer,
                                               const ChannelConfiguration& channel) {
  const AddressKey key{IdOf(customer), id};
  Address settable = address;
  ClearOutputOnlyFields(settable);
  FieldViolations violations;
  FieldCheck check(violations);
  if (!address.name().empty() && ParseAddressName(address.name()).value_or(AddressKey()) != key) {
    check.Add("name", "NAME_INVALID", "Not the name of this customer's new address.");
  }
  if (IsBlankAddress(settable)) check.Add("address", "ADDRESS_BLANK", "All of it is blank.");
  CheckAddress(settable, channel, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));
  return Prepared(std::move(settable), key, customer, channel);
}

absl::StatusOr<PreparedAddress> ChangeAddress(const Address& current, const Address& change,
                                              const google::protobuf::FieldMask& mask,
                                              const Customer& customer,
                                              const ChannelConfiguration& channel) {
  FieldViolations violations;
  Address settable_change = change;
  ClearOutputOnlyFields(settable_change);
  Address changed = current;
  changed.clear_etag();
  changed.clear_primary();
  changed.clear_warnings();
  FieldNames fields = ApplyMask(mask, settable_change, changed, violations);
  const bool phone_changes = fields.contains("phone");
  if (fields.contains("valid_from")) fields.insert("valid_to");  // they are checked as one

  if (IsBlankAddress(changed)) violations.Add("address", "ADDRESS_BLANK", "All of it is blank.");
  FieldCheck check(violations, "", &fields);
  CheckAddress(changed, channel, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));

  const absl::StatusOr<AddressKey> key = ParseAddressName(current.name());
  COMPTOIR_CHECK_OK(key);
  const customer::v1::Phone phone = changed.phone();
  PreparedAddress prepared = Prepared(std::move(changed), *key, customer, channel);
  if (!phone_changes && !IsBlank(phone.number())) {
    // A phone that nobody touched stays as it was understood, and isn't warned of again.
    *prepared.record.mutable_address()->mutable_phone() = phone;
    std::erase_if(prepared.warnings,
                  [](const Warning& warning) { return warning.reason() == "PHONE_UNPARSABLE"; });
  }
  return prepared;
}

}  // namespace comptoir
