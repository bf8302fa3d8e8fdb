#include "cli/field_path.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/errors.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  if (field == nullptr && name == "address") field = type.FindFieldByName("addresses");
  return field;
}

// The field that a message stands for when nothing follows its name: what was typed.
const FieldDescriptor* TypedField(const Descriptor& type) {
  if (type.name() == "Email") return type.FindFieldByName("address");
  if (type.name() == "Phone") return type.FindFieldByName("number");
  if (type.name() == "Consent") return type.FindFieldByName("state");
  return nullptr;
}

// "MOBILE" of PHONE_KIND_MOBILE: without the enumeration's name, as every enumerator has it.
std::string ShortName(const EnumValueDescriptor& value) {
  const std::string& zero = value.type()->value(0)->name();
  const size_t prefix = zero.rfind("UNSPECIFIED");
  return prefix == std::string::npos ? value.name() : value.name().substr(prefix);
}

// What people's files say where we have one word.
std::string Canonical(std::string_view text) {
  static const auto& synonyms = *new std::map<std::string, std::string>{
      {"CELL", "MOBILE"}, {"CELLULAR", "MOBILE"}, {"CELL PHONE", "MOBILE"},   {"PRIVATE", "HOME"},
      {"OFFICE", "WORK"}, {"BUSINESS", "WORK"},   {"COMPANY", "ORGANIZATION"}};
  std::string upper = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(ToAbsl(text)));
  const auto found = synonyms.find(upper);
  return found == synonyms.end() ? upper : found->second;
}

absl::StatusOr<const EnumValueDescriptor*> ParseEnum(const EnumDescriptor& type,
                                                     std::string_view text) {
  const std::string wanted = Canonical(text);
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (wanted == ShortName(value) || wanted == value.name()) return &value;
    names.push_back(absl::AsciiStrToLower(ShortName(value)));
  }
  return absl::InvalidArgumentError(absl::StrCat("One of ", absl::StrJoin(names, ", "), "."));
}

absl::Status SetScalar(Message& message, const FieldDescriptor& field, std::string_view text) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(&message, &field, std::string(text));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool value;
      if (!absl::SimpleAtob(ToAbsl(text), &value)) {
        return absl::InvalidArgumentError("One of true, false, yes, no.");
      }
      reflection.SetBool(&message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t value;
      if (!absl::SimpleAtoi(ToAbsl(text), &value)) {
        return absl::InvalidArgumentError("A whole number, not negative.");
      }
      reflection.SetUInt64(&message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      COMPTOIR_ASSIGN_OR_RETURN(const EnumValueDescriptor* value,
                                ParseEnum(*field.enum_type(), text));
      reflection.SetEnum(&message, &field, value);
      return absl::OkStatus();
    }
    default:
      return absl::InvalidArgumentError("This field cannot be set from text.");
  }
}

std::string GetScalar(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "";
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnumValue(message, &field) == 0
                 ? ""
                 : reflection.GetEnum(message, &field)->name();
    default:
      return "";
  }
}

// The entry of a map of texts; null if there is none.
Message* FindEntry(Message& message, const FieldDescriptor& map, const std::string& key) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &map); ++i) {
    Message* entry = reflection.MutableRepeatedMessage(&message, &map, i);
    if (entry->GetReflection()->GetString(*entry, map.message_type()->map_key()) == key) {
      return entry;
    }
  }
  return nullptr;
}

void SetEntry(Message& message, const FieldDescriptor& map, const std::string& key,
              std::string_view text) {
  Message* entry = FindEntry(message, map, key);
  if (entry == nullptr) {
    entry = message.GetReflection()->AddMessage(&message, &map);
    entry->GetReflection()->SetString(entry, map.message_type()->map_key(), key);
  }
  entry->GetReflection()->SetString(entry, map.message_type()->map_value(), std::string(text));
}

// "typed,purpose=Office,consent=opted_in".
absl::Status AppendContact(Message& message, const FieldDescriptor& list, std::string_view text) {
  Message& contact = *message.GetReflection()->AddMessage(&message, &list);
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(text), ',');
  COMPTOIR_RETURN_IF_ERROR(SetScalar(contact, *TypedField(*list.message_type()), parts.front()));
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    const auto path = FieldPath::Parse(*list.message_type(), parts[i].substr(0, equals));
    if (equals == std::string::npos || !path.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", parts[i], "\" isn't purpose=, consent= or another field of it."));
    }
    COMPTOIR_RETURN_IF_ERROR(path->Set(contact, parts[i].substr(equals + 1)));
  }
  return absl::OkStatus();
}

// "customer.addresses[0].city" → "addresses.city".
std::string WithoutIndexes(std::string_view path) {
  std::string text;
  bool inside = false;
  for (const char c : path) {
    if (c == '[') inside = true;
    if (!inside) text += c;
    if (c == ']') inside = false;
  }
  return std::string(absl::StripPrefix(text, "customer."));
}

bool Contains(std::string_view outer, std::string_view inner) {
  return inner == outer || absl::StartsWith(ToAbsl(inner), absl::StrCat(ToAbsl(outer), "."));
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Parse(const Descriptor& type, std::string_view path) {
  std::vector<const FieldDescriptor*> fields;
  const Descriptor* message = &type;
  const std::vector<absl::string_view> names = absl::StrSplit(ToAbsl(path), '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : FindField(*message, std::string(names[i]));
    const bool is_map = field != nullptr && field->is_map();
    const bool has_key = i + 2 == names.size() && !names.back().empty();
    if (field == nullptr || (is_map && !has_key)) {
      return UsageError(absl::StrCat("There is no field \"", ToAbsl(path), "\"."));
    }
    fields.push_back(field);
    message = field->message_type();
    if (!is_map) continue;
    FieldPath of_entry(std::move(fields));
    of_entry.key_ = std::string(names.back());
    return of_entry;
  }
  if (message != nullptr) {
    const FieldDescriptor* typed = TypedField(*message);
    if (typed == nullptr) {
      return UsageError(absl::StrCat("\"", ToAbsl(path), "\" has fields of its own; name one: \"",
                                     ToAbsl(path), ".", message->field(0)->name(), "\"."));
    }
    fields.push_back(typed);
  }
  return FieldPath(std::move(fields));
}

bool FieldPath::IsListOfContacts() const {
  return fields_.size() == 2 && fields_[0]->is_repeated() &&
         fields_[1] == TypedField(*fields_[0]->message_type());
}

absl::Status FieldPath::Set(Message& message, std::string_view text) const {
  if (!key_.empty()) {
    SetEntry(message, *fields_.back(), key_, text);
    return absl::OkStatus();
  }
  if (text.empty()) {
    Clear(message);
    return absl::OkStatus();
  }
  if (IsListOfContacts()) return AppendContact(message, *fields_[0], text);
  Message* holder = &message;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    const Reflection& reflection = *holder->GetReflection();
    const FieldDescriptor* field = fields_[i];
    if (!field->is_repeated()) {
      holder = reflection.MutableMessage(holder, field);
    } else if (reflection.FieldSize(*holder, field) == 0) {
      holder = reflection.AddMessage(holder, field);
    } else {
      holder = reflection.MutableRepeatedMessage(holder, field, 0);
    }
  }
  const FieldDescriptor& last = *fields_.back();
  if (!last.is_repeated()) return SetScalar(*holder, last, text);
  if (last.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return absl::InvalidArgumentError("This field cannot be set from text.");
  }
  holder->GetReflection()->AddString(holder, &last, std::string(text));
  return absl::OkStatus();
}

const Message* FieldPath::Find(const Message& message) const {
  const Message* holder = &message;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    const Reflection& reflection = *holder->GetReflection();
    const FieldDescriptor* field = fields_[i];
    if (field->is_repeated()) {
      if (reflection.FieldSize(*holder, field) == 0) return nullptr;
      holder = &reflection.GetRepeatedMessage(*holder, field, 0);
    } else {
      if (!reflection.HasField(*holder, field)) return nullptr;
      holder = &reflection.GetMessage(*holder, field);
    }
  }
  return holder;
}

void FieldPath::Clear(Message& message) const {
  if (!key_.empty()) return;  // what is set replaces it
  if (IsListOfContacts()) return message.GetReflection()->ClearField(&message, fields_[0]);
  // The holder belongs to `message`, which may be changed.
  auto* holder = const_cast<Message*>(Find(message));
  if (holder != nullptr) holder->GetReflection()->ClearField(holder, fields_.back());
}

std::string FieldPath::Get(const Message& message) const {
  if (!key_.empty()) {
    // Only looked at: entries of maps are found in messages that may be changed.
    const Message* entry = FindEntry(const_cast<Message&>(message), *fields_.back(), key_);
    return entry == nullptr ? ""
                            : entry->GetReflection()->GetString(
                                  *entry, fields_.back()->message_type()->map_value());
  }
  const Message* holder = Find(message);
  if (holder == nullptr) return "";
  const FieldDescriptor& last = *fields_.back();
  if (!last.is_repeated()) return GetScalar(*holder, last);
  const Reflection& reflection = *holder->GetReflection();
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(*holder, &last); ++i) {
    elements.push_back(reflection.GetRepeatedString(*holder, &last, i));
  }
  return absl::StrJoin(elements, "\n");
}

std::string FieldPath::text() const {
  const std::string path = absl::StrJoin(
      fields_, ".",
      [](std::string* out, const FieldDescriptor* field) { out->append(field->name()); });
  return key_.empty() ? path : absl::StrCat(path, ".", key_);
}

bool FieldPath::Covers(std::string_view path) const {
  const std::string other = WithoutIndexes(path);
  if (!key_.empty() && absl::EndsWith(ToAbsl(path), "]")) {
    return absl::EndsWith(ToAbsl(path), absl::StrCat(fields_.back()->name(), "[", key_, "]"));
  }
  return Contains(other, text()) || Contains(text(), other);
}

absl::StatusOr<std::vector<std::string>> ApplyAssignments(
    Message& message, const std::vector<std::string>& assignments) {
  std::vector<std::pair<FieldPath, std::string>> parsed;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return UsageError(absl::StrCat("\"", assignment, "\" isn't FIELD=VALUE."));
    }
    COMPTOIR_ASSIGN_OR_RETURN(
        FieldPath path, FieldPath::Parse(*message.GetDescriptor(), assignment.substr(0, equals)));
    path.Clear(message);
    parsed.emplace_back(std::move(path), assignment.substr(equals + 1));
  }
  std::vector<std::string> roots;
  for (const auto& [path, value] : parsed) {
    const absl::Status set = path.Set(message, value);
    if (!set.ok()) return UsageError(absl::StrCat(path.text(), ": ", set.message()));
    if (std::find(roots.begin(), roots.end(), path.root()) == roots.end()) {
      roots.push_back(path.root());
    }
  }
  return roots;
}

}  // namespace comptoir::cli
