#include "common/customer/records/customer_bytes.h"

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "common/customer/requests/etags.h"
#include "common/customer/requests/names.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using storage::v1::CustomerRecord;

// A field of a message: `number` of one that is a number, else `bytes`.
struct Field {
  int id;
  uint64_t number;
  std::string_view bytes;
};

// Returns false for what doesn't parse, or once `visit` has.
bool VisitFields(std::string_view message, absl::FunctionRef<bool(const Field&)> visit) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(message.data()),
                         static_cast<int>(message.size()));
  while (const uint32_t tag = input.ReadTag()) {
    Field field = {.id = WireFormatLite::GetTagFieldNumber(tag)};
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!input.ReadVarint64(&field.number)) return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t size = 0;
        if (!input.ReadVarint32(&size)) return false;
        const auto begin = static_cast<size_t>(input.CurrentPosition());
        if (!input.Skip(static_cast<int>(size))) return false;
        field.bytes = message.substr(begin, size);
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&input, tag)) return false;
    }
    if (!visit(field)) return false;
  }
  return input.ConsumedEntireMessage();
}

struct StoredRecord {
  std::string_view customer;
  uint64_t version = 0;
  uint64_t created_sequence = 0;
  std::string_view primary_address_id;
};

bool Read(std::string_view bytes, StoredRecord& record) {
  return VisitFields(bytes, [&](const Field& field) {
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
  const bool parses = VisitFields(phone, [&](const Field& field) {
    if (field.id == customer::v1::Phone::kNumberFieldNumber) has_number = !field.bytes.empty();
    return true;
  });
  return parses && has_number;
}

// False, too, for a customer that isn't shown just as it is stored.
bool Read(std::string_view bytes, StoredCustomer& customer) {
  return VisitFields(bytes, [&](const Field& field) {
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

void AppendText(std::string& bytes, int id, std::string_view text) {
  constexpr size_t kVarintBytesMax = 5;
  uint8_t head[2 * kVarintBytesMax];
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(
      WireFormatLite::MakeTag(id, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), head);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(text.size()), end);
  bytes.append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
  bytes.append(text);
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
  AppendText(view, Customer::kEtagFieldNumber,
             HqEtagOfCustomer(record.version, record.created_sequence));
  AppendText(view, Customer::kAccountNumberTextFieldNumber, customer.account_number);
  if (has_primary) {
    const auto id = ParseCustomerName(customer.name);
    if (!id.ok() || record.primary_address_id.size() != Uuid::kBytes) return std::nullopt;
    AppendText(view, Customer::kPrimaryAddressFieldNumber,
               AddressName({*id, AddressId::FromBytes(record.primary_address_id)}));
  }
  return view;
}

}  // namespace comptoir
