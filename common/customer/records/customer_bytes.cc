#include "common/customer/records/customer_bytes.h"

#include <cstddef>
#include <cstdint>

#include "common/customer/requests/etags.h"
#include "common/customer/requests/names.h"
#include "common/storage/message_fields.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;

struct StoredRecord {
  std::string_view customer;
  uint64_t version = 0;
  uint64_t created_sequence = 0;
  std::string_view primary_address_id;
};

bool Read(std::string_view bytes, StoredRecord& record) {
  return VisitFields(bytes, [&](const MessageField& field) {
    switch (field.id) {
      case CustomerRecord::kCustomerFieldNumber:
        // Two parts of one are for a parser.
        if (record.customer.data() != nullptr) return false;
        record.customer = field.bytes;
        break;
      case CustomerRecord::kVersionFieldNumber:
        record.version = field.number;
        break;
      case CustomerRecord::kCreatedSequenceFieldNumber:
        record.created_sequence = field.number;
        break;
      case CustomerRecord::kPrimaryAddressIdFieldNumber:
        record.primary_address_id = field.bytes;
        break;
      default:
        break;
    }
    return true;
  });
}

// What the view depends on.
struct StoredCustomer {
  std::string_view name;
  std::string_view account_number;
  bool has_phone = false;
};

bool HasNumber(std::string_view phone) {
  bool has_number = false;
  const bool parses = VisitFields(phone, [&](const MessageField& field) {
    if (field.id == customer::v1::Phone::kNumberFieldNumber) has_number = !field.bytes.empty();
    return true;
  });
  return parses && has_number;
}

// False, too, for a customer that isn't shown just as it is stored.
bool Read(std::string_view bytes, StoredCustomer& customer) {
  return VisitFields(bytes, [&](const MessageField& field) {
    switch (field.id) {
      case Customer::kNameFieldNumber:
        customer.name = field.bytes;
        break;
      case Customer::kAccountNumberFieldNumber:
        customer.account_number = field.bytes;
        break;
      case Customer::kPhoneFieldNumber:
        customer.has_phone = HasNumber(field.bytes);
        break;
      case Customer::kAffiliationsFieldNumber:
        return false;
      case Customer::kEditPendingFieldNumber:
        return field.number == 0;
      default:
        break;
    }
    return true;
  });
}

}  // namespace

std::optional<std::string> CustomerViewBytes(std::string_view bytes) {
  StoredRecord record;
  StoredCustomer customer;
  if (!Read(bytes, record) || !Read(record.customer, customer)) return std::nullopt;
  const bool has_primary = !record.primary_address_id.empty();
  if (record.version == 0 || customer.account_number.empty() ||
      (has_primary && !customer.has_phone)) {
    return std::nullopt;
  }

  constexpr size_t kComputedBytes = 256;
  std::string view;
  view.reserve(record.customer.size() + kComputedBytes);
  view.append(record.customer);
  AppendField(Customer::kEtagFieldNumber, HqEtagOfCustomer(record.version, record.created_sequence),
              view);
  AppendField(Customer::kAccountNumberTextFieldNumber, customer.account_number, view);
  if (has_primary) {
    const auto id = ParseCustomerName(customer.name);
    if (!id.ok() || record.primary_address_id.size() != Uuid::kBytes) return std::nullopt;
    AppendField(Customer::kPrimaryAddressFieldNumber,
                AddressName({*id, AddressId::FromBytes(record.primary_address_id)}), view);
  }
  return view;
}

}  // namespace comptoir
