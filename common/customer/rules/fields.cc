#include "common/customer/rules/fields.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "common/customer/limits.h"
#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Email;
using customer::v1::Phone;
using google::protobuf::FieldDescriptor;

// HQ's alone: no form shows it.
constexpr std::string_view kLoyaltyEnrolmentBlocked = "loyalty_enrolment_blocked";

constexpr std::string_view kUpdatableCustomerFields[] = {"type",
                                                         "title",
                                                         "birth_date",
                                                         "given_name",
                                                         "middle_name",
                                                         "family_name",
                                                         "organization_name",
                                                         "customer_group",
                                                         "currency",
                                                         "language",
                                                         "receipt_option",
                                                         "receipt_email",
                                                         "email",
                                                         "phone",
                                                         "url",
                                                         "tax_number",
                                                         "notes",
                                                         "affiliations",
                                                         "attributes",
                                                         "secondary_emails",
                                                         "secondary_phones",
                                                         kLoyaltyEnrolmentBlocked};

// Who may see the customer is decided at HQ.
constexpr std::string_view kCustomerFieldsOfHq[] = {"address_books"};

constexpr std::string_view kUpdatableAddressFields[] = {
    "display_name", "purposes", "street",  "street_number", "building",   "district",
    "city",         "county",   "state",   "postal_code",   "country",    "phone",
    "email",        "url",      "primary", "attention_to",  "valid_from", "valid_to"};

template <typename Contact>
void ClearStampOfConsent(Contact& contact) {
  if (!contact.has_consent()) return;
  contact.mutable_consent()->clear_time();
  contact.mutable_consent()->clear_channel();
}

void ClearOutputOnlyFields(Email& email) {
  email.clear_normalized();
  ClearStampOfConsent(email);
}

void ClearOutputOnlyFields(Phone& phone) {
  phone.clear_e164();
  phone.clear_unparsable();
  ClearStampOfConsent(phone);
}

// A path as an error may repeat it: what a caller sends for a path can be anything.
std::string PathInError(const std::string& path) {
  if (!IsValidUtf8(path) || CharacterCount(path) > kMaskPathCharactersMax) return "update_mask";
  return path;
}

template <typename Message>
FieldNames ApplyMaskTo(const google::protobuf::FieldMask& mask, const Message& change,
                       Message& current, std::span<const std::string_view> updatable,
                       FieldViolations& violations) {
  if (mask.paths().empty()) {
    violations.Add("update_mask", "MASK_REQUIRED", "Name at least one field.");
  }
  FieldNames names;
  if (mask.paths_size() > kMaskPathsMax) {
    violations.Add("update_mask", "TOO_MANY", "More paths than there are fields.");
    return names;
  }
  std::vector<const FieldDescriptor*> fields;
  for (const std::string& path : mask.paths()) {
    if (std::find(updatable.begin(), updatable.end(), path) == updatable.end()) {
      violations.Add(PathInError(path), "FIELD_NOT_UPDATABLE",
                     "Only whole fields that callers set can be changed.");
    } else if (names.insert(path).second) {
      fields.push_back(Message::descriptor()->FindFieldByName(path));
    }
  }
  Message source = change;
  Message::GetReflection()->SwapFields(&current, &source, fields);
  return names;
}

}  // namespace

bool Names(const google::protobuf::FieldMask& mask, std::string_view path) {
  return std::find(mask.paths().begin(), mask.paths().end(), path) != mask.paths().end();
}

void ClearOutputOnlyFields(Customer& customer) {
  customer.clear_state();
  customer.clear_account_number();
  customer.clear_account_number_text();
  customer.clear_etag();
  customer.clear_display_name();
  customer.clear_primary_address();
  customer.clear_create_time();
  customer.clear_update_time();
  customer.clear_channel();
  customer.clear_pending_reason();
  customer.clear_financial_dimensions();
  customer.clear_inherited_fields();
  customer.clear_form_fields();
  customer.clear_form_attributes();
  customer.clear_conflicted_fields();
  customer.clear_edit_pending();
  customer.clear_warnings();
  if (customer.has_email()) ClearOutputOnlyFields(*customer.mutable_email());
  if (customer.has_receipt_email()) ClearOutputOnlyFields(*customer.mutable_receipt_email());
  if (customer.has_phone()) ClearOutputOnlyFields(*customer.mutable_phone());
  for (Email& email : *customer.mutable_secondary_emails()) ClearOutputOnlyFields(email);
  for (Phone& phone : *customer.mutable_secondary_phones()) ClearOutputOnlyFields(phone);
  for (Address& address : *customer.mutable_addresses()) ClearOutputOnlyFields(address);
}

void ClearOutputOnlyFields(Address& address) {
  address.clear_etag();
  address.clear_deactivated();
  address.clear_create_time();
  address.clear_update_time();
  address.clear_pending();
  address.clear_conflicted_fields();
  address.clear_edit_pending();
  address.clear_warnings();
  if (address.has_email()) ClearOutputOnlyFields(*address.mutable_email());
  if (address.has_phone()) ClearOutputOnlyFields(*address.mutable_phone());
}

bool IsSettableCustomerField(std::string_view name) {
  if (name == kLoyaltyEnrolmentBlocked) return false;
  return std::find(std::begin(kUpdatableCustomerFields), std::end(kUpdatableCustomerFields),
                   name) != std::end(kUpdatableCustomerFields);
}

FieldNames ApplyMask(const google::protobuf::FieldMask& mask, const Customer& change,
                     Customer& current, FieldViolations& violations, bool at_hq) {
  std::vector<std::string_view> updatable(std::begin(kUpdatableCustomerFields),
                                          std::end(kUpdatableCustomerFields));
  if (at_hq) {
    updatable.insert(updatable.end(), std::begin(kCustomerFieldsOfHq),
                     std::end(kCustomerFieldsOfHq));
  }
  return ApplyMaskTo(mask, change, current, updatable, violations);
}

FieldNames ApplyMask(const google::protobuf::FieldMask& mask, const Address& change,
                     Address& current, FieldViolations& violations) {
  return ApplyMaskTo(mask, change, current, kUpdatableAddressFields, violations);
}

}  // namespace comptoir
