#include "common/customer/rules.h"

#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/address_rules.h"
#include "common/customer/derive.h"
#include "common/customer/fields.h"
#include "common/customer/normalize.h"
#include "common/customer/texts.h"
#include "common/customer/validate.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Warning;

std::string AddressPath(int place) { return absl::StrCat("addresses[", place, "]"); }

// The id of an address that comes with its customer: its own or derived from its place. Nothing if
// its name is wrong.
std::optional<AddressId> IdOfAddress(const Address& address, const CustomerId& customer,
                                     int place) {
  if (address.name().empty()) return DerivedAddressId(customer, place);
  const absl::StatusOr<AddressKey> key = ParseAddressName(address.name());
  if (!key.ok() || key->customer != customer) return std::nullopt;
  return key->address;
}

void CheckAddressName(const std::optional<AddressId>& id, absl::flat_hash_set<AddressId>& seen,
                      FieldCheck& check) {
  if (!id.has_value()) {
    check.Add("name", "NAME_INVALID", "Not the name of an address of this customer.");
  } else if (!seen.insert(*id).second) {
    check.Add("name", "ID_REPEATED", "Another address of the request has this id.");
  }
}

void CheckAddresses(const Customer& customer, const CustomerId& id, FieldViolations& violations) {
  if (customer.addresses_size() > kAddressesPerCreateMax) {
    violations.Add("addresses", "TOO_MANY", absl::StrCat("At most ", kAddressesPerCreateMax, "."));
    return;
  }
  absl::flat_hash_set<AddressId> seen;
  for (int place = 0; place < customer.addresses_size(); ++place) {
    const Address& address = customer.addresses(place);
    if (IsBlankAddress(address)) {
      violations.Add(AddressPath(place), "ADDRESS_BLANK", "All of it is blank.");
    }
    FieldCheck check(violations, AddressPath(place) + ".");
    CheckAddressName(IdOfAddress(address, id, place), seen, check);
    CheckAddress(address, check);
  }
}

void CheckName(const Customer& customer, const CustomerId& id, FieldViolations& violations) {
  if (customer.name().empty()) return;
  const absl::StatusOr<CustomerId> named = ParseCustomerName(customer.name());
  if (!named.ok() || *named != id) {
    violations.Add("name", "NAME_INVALID", "Must be customers/{uuid}, the new customer's.");
  }
}

// What a channel without default customer gives to a customer whose request leaves it open. (D5)
void FillDefaults(Customer& customer, const ChannelConfiguration& channel) {
  customer.set_type(EffectiveType(customer));
  if (customer.currency().empty()) customer.set_currency(channel.currency);
  if (customer.language().empty()) customer.set_language(channel.language);
  if (customer.receipt_option() == customer::v1::RECEIPT_OPTION_UNSPECIFIED) {
    customer.set_receipt_option(customer::v1::RECEIPT_OPTION_STANDARD);
  }
}

void DeriveCustomerPhone(Customer& customer, std::string_view country,
                         std::vector<Warning>& warnings) {
  if (customer.phone().number().empty()) {
    customer.clear_phone();
  } else if (DerivePhone(*customer.mutable_phone(), country)) {
    warnings.push_back(MakeWarning("PHONE_UNPARSABLE", "phone"));
  }
}

// Of addresses that come together the last that asks is primary, else the first. (A7)
int PrimaryPlace(const Customer& customer) {
  for (int place = customer.addresses_size() - 1; place > 0; --place) {
    if (customer.addresses(place).primary()) return place;
  }
  return 0;
}

// Takes the addresses out of the customer, whose own fields are complete.
void PrepareAddresses(Customer& customer, const ChannelConfiguration& channel, int primary,
                      PreparedCustomer& prepared) {
  auto addresses = std::move(*customer.mutable_addresses());
  customer.clear_addresses();
  for (int place = 0; place < addresses.size(); ++place) {
    Address& address = addresses[place];
    const AddressId id = *IdOfAddress(address, prepared.id, place);
    if (place == primary) prepared.record.set_primary_address_id(std::string(id.bytes()));
    address.set_name(AddressName({prepared.id, id}));
    address.clear_primary();
    CompleteAddress(address, customer, channel, AddressPath(place) + ".", prepared.warnings);
    *prepared.addresses.emplace_back().mutable_address() = std::move(address);
  }
}

// An edit of one of these is an edit of what they are together.
void AddDependentNames(FieldNames& fields) {
  for (const char* name : {"type", "given_name", "family_name", "organization_name"}) {
    if (!fields.contains(name)) continue;
    fields.insert({"type", "given_name", "family_name", "organization_name"});
    return;
  }
}

}  // namespace

absl::StatusOr<PreparedCustomer> PrepareCustomer(const Customer& customer, const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now) {
  FieldViolations violations;
  CheckName(customer, id, violations);
  FieldCheck check(violations);
  CheckCustomer(customer, now, check);
  CheckAddresses(customer, id, violations);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));

  PreparedCustomer prepared{.id = id};
  Customer complete = customer;
  ClearOutputOnlyFields(complete);
  complete.set_name(CustomerName(id));
  complete.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  complete.set_channel(channel.channel);
  FillDefaults(complete, channel);
  complete.set_display_name(DisplayName(complete));
  DeriveEmails(complete);
  const int primary = PrimaryPlace(complete);
  const std::string_view country = complete.addresses().empty()
                                       ? std::string_view(channel.default_country)
                                       : AddressCountry(complete.addresses(primary), channel);
  DeriveCustomerPhone(complete, country, prepared.warnings);
  PrepareAddresses(complete, channel, primary, prepared);
  *prepared.record.mutable_customer() = std::move(complete);
  return prepared;
}

Customer NewCustomerForm(const CustomerId& id, const ChannelConfiguration& channel) {
  Customer form;
  form.set_name(CustomerName(id));
  FillDefaults(form, channel);
  return form;
}

absl::StatusOr<Customer> ChangeCustomer(const Customer& current, const Customer& change,
                                        const google::protobuf::FieldMask& mask,
                                        const ChannelConfiguration& channel, absl::Time now) {
  FieldViolations violations;
  Customer settable_change = change;
  ClearOutputOnlyFields(settable_change);
  Customer changed = current;
  changed.clear_warnings();
  FieldNames fields = ApplyMask(mask, settable_change, changed, violations);
  const bool phone_changes = fields.contains("phone");
  AddDependentNames(fields);
  FieldCheck check(violations, "", &fields);
  CheckCustomer(changed, now, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));

  FillDefaults(changed, channel);
  changed.set_display_name(DisplayName(changed));
  DeriveEmails(changed);
  std::vector<Warning> warnings;
  if (phone_changes) DeriveCustomerPhone(changed, channel.default_country, warnings);
  for (Warning& warning : warnings) *changed.add_warnings() = std::move(warning);
  return changed;
}

}  // namespace comptoir
