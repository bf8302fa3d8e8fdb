#include "common/customer/rules/field_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/customer/normalize.h"
#include "google/protobuf/descriptor.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::Email;
using customer::v1::Phone;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The texts of a field, each with its path: what a rule's pattern and length are about.
using Texts = std::vector<std::pair<std::string, std::string>>;

std::string TypedText(const Message& contact) {
  if (const auto* email = dynamic_cast<const Email*>(&contact)) return email->address();
  if (const auto* phone = dynamic_cast<const Phone*>(&contact)) return phone->number();
  return "";
}

Texts RepeatedTextsOf(const Customer& customer, const FieldDescriptor& field) {
  const auto& reflection = *Customer::GetReflection();
  Texts texts;
  for (int i = 0; i < reflection.FieldSize(customer, &field); ++i) {
    texts.emplace_back(absl::StrCat(field.name(), "[", i, "]"),
                       field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE
                           ? TypedText(reflection.GetRepeatedMessage(customer, &field, i))
                           : reflection.GetRepeatedString(customer, &field, i));
  }
  return texts;
}

// Without those that are blank. A value of an enumeration goes by its name.
Texts TextsOf(const Customer& customer, const FieldDescriptor& field) {
  const auto& reflection = *Customer::GetReflection();
  Texts texts;
  if (field.is_map()) {
    for (const auto& [id, value] : customer.attributes()) texts.emplace_back(field.name(), value);
  } else if (field.is_repeated()) {
    texts = RepeatedTextsOf(customer, field);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    texts.emplace_back(field.name(), TypedText(reflection.GetMessage(customer, &field)));
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int value = reflection.GetEnumValue(customer, &field);
    if (value != 0) texts.emplace_back(field.name(), reflection.GetEnum(customer, &field)->name());
  } else {
    texts.emplace_back(field.name(), reflection.GetString(customer, &field));
  }
  std::erase_if(texts,
                [](const auto& text) { return IsValidUtf8(text.second) && IsBlank(text.second); });
  return texts;
}

bool Holds(const Texts& texts, const std::string& value) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& text) { return text.second == value; });
}

void CheckText(const hq::v1::FieldRule& rule, const std::string& path, const std::string& text,
               FieldCheck& check) {
  if (rule.hidden()) {
    check.Add(path, "FIELD_HIDDEN", "This channel doesn't capture the field.");
    return;
  }
  if (rule.characters_max() != 0 && !check.Text(path, text, rule.characters_max())) return;
  if (!rule.pattern().empty() && IsValidUtf8(text) && !MatchesPattern(text, rule.pattern())) {
    check.Add(path, "PATTERN_MISMATCH", "Not what this channel's rule for the field demands.");
  }
}

bool IsOfType(std::string_view field, customer::v1::CustomerType type) {
  constexpr std::string_view kOfPersons[] = {"title", "birth_date", "given_name", "middle_name",
                                             "family_name"};
  if (field == "organization_name") return type == customer::v1::CUSTOMER_TYPE_ORGANIZATION;
  const bool of_persons =
      std::find(std::begin(kOfPersons), std::end(kOfPersons), field) != std::end(kOfPersons);
  return !of_persons || type != customer::v1::CUSTOMER_TYPE_ORGANIZATION;
}

// No rule demands what a feature forbids.
bool IsRequired(const hq::v1::FieldRule& rule, const ChannelConfiguration& channel, bool pending) {
  const bool secondary = rule.field() == "secondary_emails" || rule.field() == "secondary_phones";
  const bool enhanced = secondary || rule.field() == "title" || rule.field() == "affiliations";
  if (secondary && !channel.captures_contacts()) return false;
  if (enhanced && pending && !channel.enhanced_async()) return false;
  return rule.required();
}

// A newer HQ may have rules for fields that this version doesn't know.
const FieldDescriptor* FieldOf(const hq::v1::FieldRule& rule) {
  if (!IsSettableCustomerField(rule.field())) return nullptr;
  return Customer::descriptor()->FindFieldByName(rule.field());
}

}  // namespace

void CheckFieldRules(const Customer& customer, const Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check) {
  for (const hq::v1::FieldRule& rule : channel.field_rules) {
    const FieldDescriptor* const field = FieldOf(rule);
    if (field == nullptr) continue;
    const Texts held = TextsOf(current, *field);
    for (const auto& [path, text] : TextsOf(customer, *field)) {
      if (!Holds(held, text)) CheckText(rule, path, text, check);
    }
  }
}

void CheckRequiredFields(const Customer& customer, const ChannelConfiguration& channel,
                         bool pending, FieldCheck& check) {
  const customer::v1::CustomerType type = EffectiveType(customer);
  for (const hq::v1::FieldRule& rule : channel.field_rules) {
    const FieldDescriptor* const field = FieldOf(rule);
    if (field == nullptr || !IsRequired(rule, channel, pending)) continue;
    if (!IsOfType(rule.field(), type)) continue;
    if (TextsOf(customer, *field).empty()) {
      check.Add(rule.field(), "REQUIRED", "This channel requires the field.");
    }
  }
}

std::vector<customer::v1::FormField> FormFields(const ChannelConfiguration& channel, bool pending) {
  std::vector<customer::v1::FormField> form;
  for (const hq::v1::FieldRule& rule : channel.field_rules) {
    customer::v1::FormField& field = form.emplace_back();
    field.set_field(rule.field());
    field.set_required(IsRequired(rule, channel, pending));
    field.set_hidden(rule.hidden());
    field.set_characters_max(rule.characters_max());
    field.set_pattern(rule.pattern());
  }
  return form;
}

}  // namespace comptoir
