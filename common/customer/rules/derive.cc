#include "common/customer/rules/derive.h"

#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Email;

void AppendName(std::string_view part, std::string& name) {
  part = Trimmed(part);
  if (part.empty()) return;
  if (!name.empty()) name.push_back(' ');
  name.append(part);
}

void DeriveEmail(Email& email) { email.set_normalized(FoldedEmail(email.address())); }

}  // namespace

std::string DisplayName(const Customer& customer) {
  std::string name;
  if (customer.type() == customer::v1::CUSTOMER_TYPE_ORGANIZATION) {
    AppendName(customer.organization_name(), name);
  } else {
    AppendName(customer.given_name(), name);
    AppendName(customer.middle_name(), name);
    AppendName(customer.family_name(), name);
  }
  return name;
}

void DeriveEmails(Customer& customer) {
  if (customer.email().address().empty()) customer.clear_email();
  if (customer.receipt_email().address().empty()) customer.clear_receipt_email();
  if (customer.has_email()) DeriveEmail(*customer.mutable_email());
  if (customer.has_receipt_email()) DeriveEmail(*customer.mutable_receipt_email());
  for (Email& email : *customer.mutable_secondary_emails()) DeriveEmail(email);
}

void DeriveEmails(Address& address) {
  if (address.email().address().empty()) address.clear_email();
  if (address.has_email()) DeriveEmail(*address.mutable_email());
}

bool DerivePhone(customer::v1::Phone& phone, std::string_view country) {
  const auto e164 = NormalizePhone(phone.number(), country);
  phone.set_e164(e164.value_or(""));
  phone.set_unparsable(!e164.has_value());
  return phone.unparsable();
}

}  // namespace comptoir
