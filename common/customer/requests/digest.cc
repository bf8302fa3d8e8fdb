#include "common/customer/requests/digest.h"

#include <algorithm>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/base/crypto.h"
#include "common/customer/rules/fields.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The fields of each type that are messages themselves.
using MessageFields = absl::flat_hash_map<const Descriptor*, std::vector<const FieldDescriptor*>>;

void AddMessageFields(const Descriptor* type, MessageFields& fields) {
  if (!fields.try_emplace(type).second) return;
  std::vector<const FieldDescriptor*> found;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* const field = type->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_map()) continue;  // entries of plain values, which keep nothing else
    found.push_back(field);
    AddMessageFields(field->message_type(), fields);
  }
  fields[type] = std::move(found);
}

// Of the types whose content is digested, and of what is in them.
const MessageFields& DigestedFields() {
  static const auto* const kFields = [] {
    auto* const fields = new MessageFields();
    AddMessageFields(Customer::descriptor(), *fields);
    AddMessageFields(Address::descriptor(), *fields);
    return fields;
  }();
  return *kFields;
}

// Whether anything in it is of a newer version. To look is cheaper than to discard.
bool HasUnknownFields(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  for (const FieldDescriptor* const field : DigestedFields().at(message.GetDescriptor())) {
    if (!field->is_repeated()) {
      if (!reflection.HasField(message, field)) continue;
      if (HasUnknownFields(reflection.GetMessage(message, field))) return true;
      continue;
    }
    for (int place = 0; place < reflection.FieldSize(message, field); ++place) {
      if (HasUnknownFields(reflection.GetRepeatedMessage(message, field, place))) return true;
    }
  }
  return false;
}

template <typename Message>
std::string KnownContent(const Message& message) {
  if (!HasUnknownFields(message)) return SerializeDeterministically(message);
  Message known = message;
  known.DiscardUnknownFields();
  return SerializeDeterministically(known);
}

// What the caller set, so that a client that sends back what it has read repeats itself.
template <typename Message>
std::string Content(Message& message) {
  ClearOutputOnlyFields(message);
  return KnownContent(message);
}

// Only the fields that the request changes count, and they don't depend on the order of the mask's
// paths.
template <typename Message>
std::string ChangedContent(const Message& change, const google::protobuf::FieldMask& mask) {
  Message changed;
  FieldViolations ignored;
  if constexpr (std::is_same_v<Message, Customer>) {
    ApplyMask(mask, change, changed, ignored, /*at_hq=*/true);
  } else {
    ApplyMask(mask, change, changed, ignored);
  }
  return Content(changed);
}

std::string Paths(const google::protobuf::FieldMask& mask) {
  std::vector<std::string> paths(mask.paths().begin(), mask.paths().end());
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  KeyWriter writer;
  for (const std::string& path : paths) writer.String(path);
  return writer.key();
}

// The kind of request keeps digests of different methods apart, the escaping of the parts keeps the
// parts apart.
std::string Digest(std::string_view key, std::string_view kind,
                   std::initializer_list<std::string_view> parts) {
  KeyWriter writer;
  writer.String(kind);
  for (const std::string_view part : parts) writer.String(part);
  return HmacSha256(key, writer.key());
}

}  // namespace

std::string RequestDigest(std::string_view key,
                          const customer::v1::CreateCustomerRequest& request) {
  Customer customer = request.customer();
  ClearOutputOnlyFields(customer);
  return CreateDigest(key, customer);
}

std::string CreateDigest(std::string_view key, Customer& settable) {
  std::string name;
  name.swap(*settable.mutable_name());  // the id under which the digest is kept
  // Those of the channel, whatever a request says.
  google::protobuf::RepeatedPtrField<std::string> address_books;
  address_books.Swap(settable.mutable_address_books());
  std::string digest = Digest(key, "CreateCustomer", {KnownContent(settable)});
  name.swap(*settable.mutable_name());
  address_books.Swap(settable.mutable_address_books());
  return digest;
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::UpdateCustomerRequest& request) {
  return Digest(key, "UpdateCustomer",
                {request.customer().name(), Paths(request.update_mask()),
                 ChangedContent(request.customer(), request.update_mask()), request.etag()});
}

std::string RequestDigest(std::string_view key, const customer::v1::CreateAddressRequest& request) {
  Address address = request.address();
  address.clear_name();
  return Digest(key, "CreateAddress", {request.parent(), Content(address)});
}

std::string RequestDigest(std::string_view key, const customer::v1::UpdateAddressRequest& request) {
  return Digest(key, "UpdateAddress",
                {request.address().name(), Paths(request.update_mask()),
                 ChangedContent(request.address(), request.update_mask()), request.etag()});
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::DeactivateAddressRequest& request) {
  return Digest(key, "DeactivateAddress", {request.name(), request.etag()});
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::IssueLoyaltyCardRequest& request) {
  return Digest(key, "IssueLoyaltyCard", {request.card().name(), request.card().customer()});
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::TieLoyaltyCardRequest& request) {
  return Digest(key, "TieLoyaltyCard", {request.name(), request.customer(), request.etag()});
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::BlockLoyaltyCardRequest& request) {
  return Digest(key, "BlockLoyaltyCard", {request.name(), request.etag()});
}

std::string RequestDigest(std::string_view key,
                          const customer::v1::UnblockLoyaltyCardRequest& request) {
  return Digest(key, "UnblockLoyaltyCard", {request.name(), request.etag()});
}

}  // namespace comptoir
