#include "common/customer/rules/field_changes.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/rules/captured_change.h"
#include "common/storage/record_io.h"
#include "google/protobuf/field_mask.pb.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Email;
using customer::v1::Phone;
using google::protobuf::FieldDescriptor;
using replication::v1::FieldChange;

// Lines in their order are one value.
constexpr std::string_view kStreet = "street";

Customer Plain(Customer customer) {
  ClearOutputOnlyFields(customer);
  return customer;
}

Address Plain(Address address) {
  const bool deactivated = address.deactivated();
  ClearOutputOnlyFields(address);
  address.set_deactivated(deactivated);
  return address;
}

template <typename Message>
const FieldDescriptor* FieldOf(std::string_view path) {
  return Message::descriptor()->FindFieldByName(std::string(path));
}

bool IsKeyed(const FieldDescriptor& field) {
  return field.is_repeated() && std::string_view(field.name()) != kStreet;
}

template <typename Message>
void CopyField(const Message& from, const FieldDescriptor& field, Message& to) {
  Message source = from;
  Message::GetReflection()->SwapFields(&to, &source, {&field});
}

template <typename Message>
Message Only(const Message& message, const FieldDescriptor& field) {
  Message only;
  CopyField(message, field, only);
  return only;
}

// The field as callers set it.
template <typename Message>
std::string ValueOf(const Message& message, const FieldDescriptor& field) {
  return SerializeDeterministically(Plain(Only(message, field)));
}

// One element of a keyed field: a message with only this element in it.
template <typename Message>
struct Element {
  std::string key;
  Message message;
};

template <typename Message>
using Elements = std::vector<Element<Message>>;

template <typename Message>
void AddTexts(const google::protobuf::RepeatedPtrField<std::string>& texts,
              void (Message::*add)(const std::string&), Elements<Message>& elements) {
  for (const std::string& text : texts) {
    Element<Message>& element = elements.emplace_back();
    element.key = text;
    (element.message.*add)(text);
  }
}

Elements<Customer> ElementsOf(const Customer& customer, std::string_view field) {
  Elements<Customer> elements;
  if (field == "affiliations") {
    AddTexts<Customer>(customer.affiliations(), &Customer::add_affiliations, elements);
  } else if (field == "secondary_emails") {
    for (const Email& email : customer.secondary_emails()) {
      Element<Customer>& element = elements.emplace_back();
      element.key = ContactKey(email);
      *element.message.add_secondary_emails() = email;
    }
  } else if (field == "secondary_phones") {
    for (const Phone& phone : customer.secondary_phones()) {
      Element<Customer>& element = elements.emplace_back();
      element.key = ContactKey(phone);
      *element.message.add_secondary_phones() = phone;
    }
  } else if (field == "attributes") {
    for (const auto& [id, value] : customer.attributes()) {
      Element<Customer>& element = elements.emplace_back();
      element.key = id;
      (*element.message.mutable_attributes())[id] = value;
    }
    std::sort(elements.begin(), elements.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
  }
  return elements;
}

Elements<Address> ElementsOf(const Address& address, std::string_view field) {
  Elements<Address> elements;
  if (field == "purposes") AddTexts<Address>(address.purposes(), &Address::add_purposes, elements);
  return elements;
}

template <typename Message>
const Element<Message>* Find(const Elements<Message>& elements, std::string_view key) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const auto& element) { return element.key == key; });
  return found == elements.end() ? nullptr : &*found;
}

template <typename Message>
bool Same(const Element<Message>* a, const Element<Message>* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SerializeDeterministically(Plain(a->message)) ==
         SerializeDeterministically(Plain(b->message));
}

template <typename Message>
Message Together(const Elements<Message>& elements) {
  Message all;
  for (const Element<Message>& element : elements) all.MergeFrom(element.message);
  return all;
}

// The elements with the one of this key as it shall be; null: without it.
template <typename Message>
void Put(Elements<Message>& elements, const std::string& key, const Element<Message>* element) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const auto& held) { return held.key == key; });
  if (element == nullptr) {
    if (found != elements.end()) elements.erase(found);
  } else if (found != elements.end()) {
    *found = *element;
  } else {
    elements.push_back(*element);
  }
}

// Every key that the change removes or adds, once.
template <typename Message>
std::vector<std::string> KeysOf(const Elements<Message>& removed, const Elements<Message>& added) {
  std::vector<std::string> keys;
  for (const auto* const elements : {&removed, &added}) {
    for (const Element<Message>& element : *elements) {
      if (std::find(keys.begin(), keys.end(), element.key) == keys.end()) {
        keys.push_back(element.key);
      }
    }
  }
  return keys;
}

template <typename Message>
FieldChange MakeChange(const std::string& path, const Message& replaced, const Message& value) {
  FieldChange change;
  change.set_path(path);
  change.set_replaced(SerializeDeterministically(replaced));
  change.set_value(SerializeDeterministically(value));
  return change;
}

// A change read back. What was checked can be read.
template <typename Message>
struct ReadChange {
  explicit ReadChange(const FieldChange& change) : field(FieldOf<Message>(change.path())) {
    ok = field != nullptr && replaced.ParseFromString(change.replaced()) &&
         value.ParseFromString(change.value());
  }

  const FieldDescriptor* field;
  Message replaced;
  Message value;
  bool ok = false;
};

template <typename Message>
FieldChanges Changes(const Message& before, const Message& after, const FieldNames& fields) {
  FieldChanges changes;
  for (const std::string& path : fields) {
    const FieldDescriptor* const field = FieldOf<Message>(path);
    if (field == nullptr) continue;
    if (!IsKeyed(*field)) {
      if (ValueOf(before, *field) == ValueOf(after, *field)) continue;
      *changes.Add() = MakeChange(path, Only(before, *field), Only(after, *field));
      continue;
    }
    const auto held = ElementsOf(before, path);
    const auto wanted = ElementsOf(after, path);
    Elements<Message> removed;
    Elements<Message> added;
    for (const Element<Message>& element : held) {
      if (!Same(&element, Find(wanted, element.key))) removed.push_back(element);
    }
    for (const Element<Message>& element : wanted) {
      if (!Same(&element, Find(held, element.key))) added.push_back(element);
    }
    if (removed.empty() && added.empty()) continue;
    *changes.Add() = MakeChange(path, Together(removed), Together(added));
  }
  return changes;
}

template <typename Message>
void SetElements(const Elements<Message>& elements, const FieldDescriptor& field,
                 Message& message) {
  CopyField(Together(elements), field, message);
}

template <typename Message>
void OverlayAll(const FieldChanges& changes, Message& message) {
  for (const FieldChange& change : changes) {
    const ReadChange<Message> parsed(change);
    if (!parsed.ok) continue;
    if (!IsKeyed(*parsed.field)) {
      CopyField(parsed.value, *parsed.field, message);
      continue;
    }
    const auto removed = ElementsOf(parsed.replaced, change.path());
    const auto added = ElementsOf(parsed.value, change.path());
    auto elements = ElementsOf(message, change.path());
    for (const std::string& key : KeysOf(removed, added)) Put(elements, key, Find(added, key));
    SetElements(elements, *parsed.field, message);
  }
}

template <typename Message>
void MergeElements(const FieldChange& change, const ReadChange<Message>& parsed, Message& message,
                   FieldMerge& merge) {
  const auto removed = ElementsOf(parsed.replaced, change.path());
  const auto added = ElementsOf(parsed.value, change.path());
  auto elements = ElementsOf(message, change.path());
  Elements<Message> kept_from;
  Elements<Message> kept_out;
  bool applied = false;
  bool conflict = false;
  for (const std::string& key : KeysOf(removed, added)) {
    const auto* const was = Find(removed, key);
    const auto* const becomes = Find(added, key);
    const auto* const held = Find(elements, key);
    if (Same(held, becomes)) continue;
    if (Same(held, was)) {
      Put(elements, key, becomes);
      applied = true;
      continue;
    }
    conflict = true;
    if (was != nullptr) kept_from.push_back(*was);
    if (becomes != nullptr) kept_out.push_back(*becomes);
  }
  if (applied) {
    SetElements(elements, *parsed.field, message);
    merge.applied.insert(change.path());
  }
  if (conflict) {
    merge.conflicts.push_back(MakeChange(change.path(), Together(kept_from), Together(kept_out)));
  }
}

template <typename Message>
FieldMerge MergeAll(const FieldChanges& changes, Message& message) {
  FieldMerge merge;
  for (const FieldChange& change : changes) {
    const ReadChange<Message> parsed(change);
    if (!parsed.ok) continue;
    if (IsKeyed(*parsed.field)) {
      MergeElements(change, parsed, message, merge);
      continue;
    }
    const std::string held = ValueOf(message, *parsed.field);
    if (held == ValueOf(parsed.value, *parsed.field)) continue;
    if (held == ValueOf(parsed.replaced, *parsed.field)) {
      CopyField(parsed.value, *parsed.field, message);
      merge.applied.insert(change.path());
    } else {
      merge.conflicts.push_back(change);
    }
  }
  return merge;
}

template <typename Message>
void CheckChange(const FieldChange& change, const std::string& place, FieldViolations& violations) {
  google::protobuf::FieldMask mask;
  mask.add_paths(change.path());
  Message unused;
  FieldViolations unknown;
  ApplyMask(mask, Message(), unused, unknown);
  const bool deactivates = std::is_same_v<Message, Address> && change.path() == kDeactivatedField;
  if (!unknown.empty() && !deactivates) {
    violations.Add(place, "FIELD_NOT_UPDATABLE", "Not a field that an edit changes.");
  } else if (!ReadChange<Message>(change).ok) {
    violations.Add(place, "VALUE_INVALID", "Not a value of this field.");
  }
}

template <typename Message>
absl::Status CheckAll(const FieldChanges& changes) {
  FieldViolations violations;
  for (int place = 0; place < changes.size(); ++place) {
    CheckChange<Message>(changes[place], absl::StrCat("changes[", place, "]"), violations);
  }
  return violations.ToStatus();
}

template <typename Message>
bool SameFieldOf(const Message& a, const Message& b, const std::string& path) {
  const FieldDescriptor* const field = FieldOf<Message>(path);
  return field == nullptr || ValueOf(a, *field) == ValueOf(b, *field);
}

}  // namespace

FieldChanges ChangesOf(const Customer& before, const Customer& after, const FieldNames& fields) {
  return Changes(before, after, fields);
}
FieldChanges ChangesOf(const Address& before, const Address& after, const FieldNames& fields) {
  return Changes(before, after, fields);
}

absl::Status CheckCustomerChanges(const FieldChanges& changes) {
  return CheckAll<Customer>(changes);
}
absl::Status CheckAddressChanges(const FieldChanges& changes) { return CheckAll<Address>(changes); }

void Overlay(const FieldChanges& changes, Customer& customer) { OverlayAll(changes, customer); }
void Overlay(const FieldChanges& changes, Address& address) { OverlayAll(changes, address); }

FieldMerge Merge(const FieldChanges& changes, Customer& customer) {
  return MergeAll(changes, customer);
}
FieldMerge Merge(const FieldChanges& changes, Address& address) {
  return MergeAll(changes, address);
}

bool SameField(const Customer& a, const Customer& b, const std::string& field) {
  return SameFieldOf(a, b, field);
}
bool SameField(const Address& a, const Address& b, const std::string& field) {
  return SameFieldOf(a, b, field);
}

}  // namespace comptoir
