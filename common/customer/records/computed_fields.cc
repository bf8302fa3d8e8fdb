#include "common/customer/records/computed_fields.h"

#include "common/base/uuid.h"
#include "common/customer/requests/names.h"
#include "common/customer/texts.h"

namespace comptoir {

bool IsAsAtHq(const ViewedCustomer& customer) {
  return customer.version > 0 && !customer.edit_pending;
}

std::string_view AccountNumberText(const ViewedCustomer& customer, std::string_view language) {
  if (!customer.account_number.empty()) return customer.account_number;
  const bool is_pending = customer.state == customer::v1::CUSTOMER_STATE_PENDING;
  return is_pending ? TextFor(Text::kPending, language) : std::string_view();
}

bool ShowsPhoneOfAddress(const ViewedCustomer& customer) {
  return !customer.has_phone && !customer.primary_address_id.empty();
}

std::optional<std::string> PrimaryAddressNameOf(const ViewedCustomer& customer) {
  if (customer.primary_address_id.empty()) return std::nullopt;
  return AddressName(customer.name, Uuid::FromBytes(customer.primary_address_id));
}

}  // namespace comptoir
