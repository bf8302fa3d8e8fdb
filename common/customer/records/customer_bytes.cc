#include "common/customer/records/customer_bytes.h"

#include <cstddef>

#include "common/customer/requests/etags.h"
#include "common/storage/message_fields.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;

bool HasNumber(std::string_view phone) {
  bool has_number = false;
  const bool parses = VisitFields(phone, [&](const MessageField& field) {
    if (field.id == customer::v1::Phone::kNumberFieldNumber) has_number = !field.bytes.empty();
    return true;
  });
  return parses && has_number;
}

// False if that isn't one.
bool LookIntoEmail(std::string_view bytes, std::string_view& normalized) {
  return VisitFields(bytes, [&](const MessageField& field) {
    if (field.id == customer::v1::Email::kNormalizedFieldNumber) normalized = field.bytes;
    return true;
  });
}

bool LookIntoPhone(std::string_view bytes, std::string_view& e164_or_number) {
  std::string_view e164;
  const bool parses = VisitFields(bytes, [&](const MessageField& field) {
    if (field.id == customer::v1::Phone::kE164FieldNumber) e164 = field.bytes;
    if (field.id == customer::v1::Phone::kNumberFieldNumber) e164_or_number = field.bytes;
    return true;
  });
  if (!e164.empty()) e164_or_number = e164;
  return parses;
}

bool LookIntoRecord(std::string_view bytes, CustomerInBytes& stored) {
  return VisitFields(bytes, [&](const MessageField& field) {
    switch (field.id) {
      case CustomerRecord::kCustomerFieldNumber:
        // Two parts of one are for a parser.
        if (stored.customer.data() != nullptr) return false;
        stored.customer = field.bytes;
        break;
      case CustomerRecord::kVersionFieldNumber:
        stored.viewed.version = field.number;
        break;
      case CustomerRecord::kCreatedSequenceFieldNumber:
        stored.created_sequence = field.number;
        break;
      case CustomerRecord::kPrimaryAddressIdFieldNumber:
        stored.viewed.primary_address_id = field.bytes;
        break;
      default:
        break;
    }
    return true;
  });
}

bool LookIntoCustomer(CustomerInBytes& stored) {
  ViewedCustomer& viewed = stored.viewed;
  return VisitFields(stored.customer, [&](const MessageField& field) {
    switch (field.id) {
      case Customer::kNameFieldNumber:
        viewed.name = field.bytes;
        break;
      case Customer::kStateFieldNumber:
        viewed.state = static_cast<customer::v1::CustomerState>(field.number);
        break;
      case Customer::kAccountNumberFieldNumber:
        viewed.account_number = field.bytes;
        break;
      case Customer::kDisplayNameFieldNumber:
        stored.display_name = field.bytes;
        break;
      case Customer::kPhoneFieldNumber:
        viewed.has_phone = HasNumber(field.bytes);
        break;
      case Customer::kAffiliationsFieldNumber:
        stored.has_affiliations = true;
        break;
      case Customer::kEditPendingFieldNumber:
        viewed.edit_pending = field.number != 0;
        break;
      default:
        break;
    }
    return true;
  });
}

}  // namespace

std::optional<CustomerInBytes> LookInto(std::string_view record) {
  CustomerInBytes stored;
  if (!LookIntoRecord(record, stored) || !LookIntoCustomer(stored)) return std::nullopt;
  return stored;
}

std::optional<ContactsInBytes> ContactsOf(const CustomerInBytes& stored) {
  std::optional<ContactsInBytes> contacts(std::in_place);
  const bool parses = VisitFields(stored.customer, [&](const MessageField& field) {
    switch (field.id) {
      case Customer::kEmailFieldNumber:
        return LookIntoEmail(field.bytes, contacts->emails.front());
      case Customer::kPhoneFieldNumber:
        return LookIntoPhone(field.bytes, contacts->phones.front());
      case Customer::kSecondaryEmailsFieldNumber:
        return LookIntoEmail(field.bytes, contacts->emails.emplace_back());
      case Customer::kSecondaryPhonesFieldNumber:
        return LookIntoPhone(field.bytes, contacts->phones.emplace_back());
      default:
        return true;
    }
  });
  if (!parses) contacts.reset();
  return contacts;
}

bool HoldsItsView(const CustomerInBytes& stored) {
  const ViewedCustomer& viewed = stored.viewed;
  // Without an account number the text depends on the caller's language.
  return IsAsAtHq(viewed) && !viewed.account_number.empty() && !ShowsPhoneOfAddress(viewed) &&
         !stored.has_affiliations;
}

std::optional<std::string> ComputedBytes(const CustomerInBytes& stored) {
  if (!HoldsItsView(stored)) return std::nullopt;
  const ViewedCustomer& viewed = stored.viewed;
  constexpr size_t kComputedBytes = 256;
  std::string computed;
  computed.reserve(kComputedBytes);
  AppendField(Customer::kEtagFieldNumber, HqEtagOfCustomer(viewed.version, stored.created_sequence),
              computed);
  AppendField(Customer::kAccountNumberTextFieldNumber, AccountNumberText(viewed, /*language=*/""),
              computed);
  if (const auto primary = PrimaryAddressNameOf(viewed); primary.has_value()) {
    AppendField(Customer::kPrimaryAddressFieldNumber, *primary, computed);
  }
  return computed;
}

std::optional<std::string> CustomerViewBytes(const CustomerInBytes& stored) {
  const std::optional<std::string> computed = ComputedBytes(stored);
  if (!computed.has_value()) return std::nullopt;
  std::string view;
  view.reserve(stored.customer.size() + computed->size());
  view.append(stored.customer).append(*computed);
  return view;
}

std::optional<std::string> CustomerViewBytes(std::string_view record) {
  const std::optional<CustomerInBytes> stored = LookInto(record);
  return stored.has_value() ? CustomerViewBytes(*stored) : std::nullopt;
}

}  // namespace comptoir
