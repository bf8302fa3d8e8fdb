#include "common/customer/rules/rules.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/normalize.h"
#include "common/customer/rules/address_rules.h"
#include "common/customer/rules/attributes.h"
#include "common/customer/rules/captured_change.h"
#include "common/customer/rules/contacts.h"
#include "common/customer/rules/derive.h"
#include "common/customer/rules/field_changes.h"
#include "common/customer/rules/field_rules.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/inheritance.h"
#include "common/customer/rules/validate.h"
#include "common/customer/texts.h"

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

// The ids of the addresses, in order; all of them if nothing offends.
std::vector<AddressId> CheckAddresses(const Customer& customer, const CustomerId& id,
                                      const ChannelConfiguration& channel,
                                      FieldViolations& violations) {
  std::vector<AddressId> ids;
  if (customer.addresses_size() > kAddressesPerCreateMax) {
    violations.Add("addresses", "TOO_MANY", absl::StrCat("At most ", kAddressesPerCreateMax, "."));
    return ids;
  }
  absl::flat_hash_set<AddressId> seen;
  for (int place = 0; place < customer.addresses_size(); ++place) {
    const Address& address = customer.addresses(place);
    if (IsBlankAddress(address)) {
      violations.Add(AddressPath(place), "ADDRESS_BLANK", "All of it is blank.");
    }
    FieldCheck check(violations, AddressPath(place) + ".");
    const std::optional<AddressId> own = IdOfAddress(address, id, place);
    CheckAddressName(own, seen, check);
    CheckAddress(address, channel, check);
    if (own.has_value()) ids.push_back(*own);
  }
  return ids;
}

void CheckName(const Customer& customer, const CustomerId& id, FieldViolations& violations) {
  if (customer.name().empty()) return;
  const absl::StatusOr<CustomerId> named = ParseCustomerName(customer.name());
  if (!named.ok() || *named != id) {
    violations.Add("name", "NAME_INVALID", "Must be customers/{uuid}, the new customer's.");
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

// Takes the addresses out of the customer, whose own fields are complete; its phone was understood
// as one of `phone_country`.
void PrepareAddresses(Customer& customer, std::string_view phone_country,
                      const std::vector<AddressId>& ids, const ChannelConfiguration& channel,
                      int primary, PreparedCustomer& prepared) {
  auto addresses = std::move(*customer.mutable_addresses());
  customer.clear_addresses();
  for (int place = 0; place < addresses.size(); ++place) {
    Address& address = addresses[place];
    const AddressId& id = ids[static_cast<size_t>(place)];
    if (place == primary) prepared.record.set_primary_address_id(std::string(id.bytes()));
    address.set_name(AddressName({prepared.id, id}));
    address.clear_primary();
    CompleteAddress(address, customer, phone_country, channel, AddressPath(place) + ".",
                    prepared.warnings);
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

// What only HQ changes.
void CheckFieldsOfHq(const Customer& customer, const Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check) {
  if (channel.by_administrator) return;
  if (customer.loyalty_enrolment_blocked() != current.loyalty_enrolment_blocked()) {
    check.Add("loyalty_enrolment_blocked", "FIELD_NOT_UPDATABLE", "Changed at HQ only.");
  }
}

// What a store doesn't see it cannot remove either: hidden ones, and those whose definition hasn't
// come. `channel` has read the definitions of those that `current` names. (Y1)
void KeepHiddenAffiliations(const Customer& current, const ChannelConfiguration& channel,
                            Customer& changed) {
  for (const std::string& id : current.affiliations()) {
    const auto found = channel.affiliations.find(id);
    const bool seen = found != channel.affiliations.end() && !found->second.hidden();
    const auto& kept = changed.affiliations();
    if (!seen && std::find(kept.begin(), kept.end(), id) == kept.end()) {
      changed.add_affiliations(id);
    }
  }
}

// What follows from the changed fields.
void DeriveChanged(const Customer& current, const FieldNames& fields,
                   const ChannelConfiguration& channel, Customer& changed) {
  FillDefaults(changed, channel);
  RemoveEmptyAttributes(changed);
  changed.set_display_name(DisplayName(changed));
  DeriveEmails(changed);
  std::vector<Warning> warnings;
  if (fields.contains("phone")) DeriveCustomerPhone(changed, channel.default_country, warnings);
  if (fields.contains("secondary_phones")) {
    DeriveSecondaryPhones(changed, current, channel.default_country, warnings);
  }
  for (Warning& warning : warnings) *changed.add_warnings() = std::move(warning);
}

// What is to be completed is the customer of `prepared`: where it stays, for to move it costs as
// much as to fill it in.
absl::StatusOr<PreparedCustomer> Complete(const Customer& customer, PreparedCustomer prepared,
                                          const ChannelConfiguration& channel, absl::Time now,
                                          CreateKind kind) {
  const Customer& nobody = Customer::default_instance();
  const CustomerId& id = prepared.id;
  Customer& complete = *prepared.record.mutable_customer();
  if (kind == CreateKind::kCaptured) {
    *complete.mutable_financial_dimensions() = customer.financial_dimensions();
    FillDefaults(complete, channel);
  } else {
    Inherit(complete, channel, kind == CreateKind::kSynced || channel.enhanced_async());
    complete.mutable_address_books()->Assign(channel.address_books.begin(),
                                             channel.address_books.end());
  }

  FieldViolations violations;
  CheckName(customer, id, violations);
  FieldCheck check(violations);
  CheckCustomer(complete, now, check);
  CheckContacts(complete, check);
  if (kind != CreateKind::kCaptured) {
    CheckCaptured(customer, nobody, channel, check);
    CheckRequiredFields(complete, channel, kind == CreateKind::kPending, check);
  }
  if (kind == CreateKind::kPending) CheckFeatures(customer, channel, check);
  const std::vector<AddressId> ids = CheckAddresses(customer, id, channel, violations);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));

  complete.set_name(CustomerName(id));
  complete.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  complete.set_channel(channel.channel);
  complete.set_display_name(DisplayName(complete));
  RemoveEmptyAttributes(complete);
  DeriveEmails(complete);
  // Of a captured customer they say already when and where.
  StampConsents(complete, kind == CreateKind::kCaptured ? customer : nobody, now, channel.channel);
  const int primary = PrimaryPlace(complete);
  const std::string country(complete.addresses().empty()
                                ? std::string_view(channel.default_country)
                                : AddressCountry(complete.addresses(primary), channel));
  DeriveCustomerPhone(complete, country, prepared.warnings);
  DeriveSecondaryPhones(complete, nobody, country, prepared.warnings);
  PrepareAddresses(complete, country, ids, channel, primary, prepared);
  return prepared;
}

}  // namespace

absl::StatusOr<PreparedCustomer> PrepareCustomer(const Customer& customer, const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now, CreateKind kind) {
  PreparedCustomer prepared{.id = id};
  *prepared.record.mutable_customer() = customer;
  ClearOutputOnlyFields(*prepared.record.mutable_customer());
  return Complete(customer, std::move(prepared), channel, now, kind);
}

absl::StatusOr<PreparedCustomer> PrepareCustomer(const Customer& customer, Customer&& settable,
                                                 const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now, CreateKind kind) {
  PreparedCustomer prepared{.id = id};
  *prepared.record.mutable_customer() = std::move(settable);
  return Complete(customer, std::move(prepared), channel, now, kind);
}

PreparedCustomer WithoutForbidden(PreparedCustomer prepared, const Customer& request,
                                  const ChannelConfiguration& channel) {
  if (channel.enhanced_async()) return prepared;
  FieldViolations forbidden;
  FieldCheck check(forbidden);
  CheckFeatures(request, channel, check);
  std::erase_if(prepared.warnings, [](const Warning& warning) {
    return absl::StartsWith(warning.field(), "secondary_phones");
  });
  for (const FieldViolation& violation : forbidden.violations()) {
    prepared.warnings.push_back(MakeWarning(violation.reason, violation.field));
  }
  Customer& left = *prepared.record.mutable_customer();
  left.clear_title();
  left.clear_affiliations();
  left.clear_secondary_emails();
  left.clear_secondary_phones();
  return prepared;
}

void CheckCaptured(const Customer& customer, const Customer& current,
                   const ChannelConfiguration& channel, FieldCheck& check) {
  CheckFieldsOfHq(customer, current, channel, check);
  CheckReferences(customer, current, channel, check);
  CheckAttributes(customer, current, channel, check);
  CheckNewContacts(customer, current, channel, check);
  CheckFieldRules(customer, current, channel, check);
}

Customer NewCustomerForm(const CustomerId& id, const ChannelConfiguration& channel,
                         std::string_view language) {
  Customer form;
  form.set_name(CustomerName(id));
  const bool pending = channel.create_customer_async;
  const bool with_affiliations = !channel.create_customer_async || channel.enhanced_async();
  std::vector<customer::v1::InheritedField> inherited;
  Inherit(form, channel, with_affiliations, &inherited);
  google::protobuf::RepeatedPtrField<std::string> visible;
  for (const std::string& id_of_affiliation : form.affiliations()) {
    const auto found = channel.affiliations.find(id_of_affiliation);
    if (found == channel.affiliations.end()) continue;
    if (found->second.hidden() && !channel.by_administrator) continue;
    *visible.Add() = id_of_affiliation;
  }
  if (visible.empty()) {
    std::erase_if(inherited, [](const auto& field) { return field.field() == "affiliations"; });
  }
  *form.mutable_affiliations() = std::move(visible);
  *form.mutable_inherited_fields() = {inherited.begin(), inherited.end()};
  for (auto& field : FormFields(channel, pending)) *form.add_form_fields() = std::move(field);
  for (auto& attribute : FormAttributes(channel, language)) {
    *form.add_form_attributes() = std::move(attribute);
  }
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
  FieldNames fields =
      ApplyMask(mask, settable_change, changed, violations, channel.by_administrator);
  if (fields.contains("affiliations") && !channel.by_administrator) {
    KeepHiddenAffiliations(current, channel, changed);
  }
  AddDependentNames(fields);
  FieldCheck check(violations, "", &fields);
  CheckCustomer(changed, now, check);
  CheckContacts(changed, check);
  CheckCaptured(changed, current, channel, check);
  CheckAddressBooks(changed, current, channel, check);
  CheckRequiredFields(changed, channel, /*pending=*/false, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));

  StampConsents(changed, current, now, channel.channel);
  DeriveChanged(current, fields, channel, changed);
  return changed;
}

absl::Status CheckPrimaryChange(const customer::v1::UpdateAddressRequest& request,
                                const Address& current, bool is_primary) {
  if (!Names(request.update_mask(), kPrimaryField)) return absl::OkStatus();
  FieldViolations violations;
  if (request.address().primary() && current.deactivated()) {
    violations.Add("address.primary", "ADDRESS_DEACTIVATED", "A deactivated address cannot be.");
  } else if (!request.address().primary() && is_primary) {
    violations.Add("address.primary", "PRIMARY_REQUIRED", "Make another address primary instead.");
  }
  return violations.ToStatus();
}

absl::StatusOr<Customer> TakeCapturedChange(const Customer& current, Customer changed,
                                            FieldNames fields, const ChannelConfiguration& channel,
                                            absl::Time now) {
  AddDependentNames(fields);
  FieldViolations violations;
  FieldCheck check(violations, "", &fields);
  CheckCustomer(changed, now, check);
  CheckContacts(changed, check);
  COMPTOIR_RETURN_IF_ERROR(StatusOfViolations(violations));
  DeriveChanged(current, fields, channel, changed);
  changed.clear_warnings();
  return changed;
}

}  // namespace comptoir
