#include "common/customer/rules/attributes.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::FormAttribute;
using hq::v1::AttributeType;

constexpr size_t kDecimalDigitsMax = 18;
constexpr size_t kDecimalPlacesMax = 9;

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

bool IsNumberOf(const AttributeType& type, std::string_view value, size_t places_max) {
  const auto number = ParseDecimal(value, places_max);
  if (!number.has_value()) return false;
  const auto lowest = ParseDecimal(type.lowest(), places_max);
  const auto highest = ParseDecimal(type.highest(), places_max);
  return (!lowest.has_value() || *lowest <= *number) &&
         (!highest.has_value() || *number <= *highest);
}

// Nothing new is captured of one that is retired.
const CustomerAttribute* FindInUse(const ChannelConfiguration& channel, std::string_view id) {
  for (const CustomerAttribute& attribute : channel.attributes) {
    if (attribute.id() == id && !attribute.definition->retired()) return &attribute;
  }
  return nullptr;
}

// A caller's key can be anything: an error repeats only what could be an id.
std::string PathOf(const std::string& id) {
  const bool speakable = IsValidUtf8(id) && !id.empty() && id.size() <= kMaskPathCharactersMax &&
                         id.find_first_of("[]") == std::string::npos;
  return speakable ? absl::StrCat("attributes[", id, "]") : "attributes";
}

void CheckAttribute(const std::string& id, const std::string& value,
                    const ChannelConfiguration& channel, FieldCheck& check) {
  const std::string path = PathOf(id);
  const CustomerAttribute* const attribute = FindInUse(channel, id);
  if (attribute == nullptr) {
    check.Add(path, "ATTRIBUTE_UNKNOWN", "HQ has no such attribute in use.");
  } else if (!value.empty() && check.Text(path, value, kAttributeValueCharactersMax) &&
             !IsValueOf(*attribute->type, value)) {
    check.Add(path, "VALUE_INVALID", "Not a value of the attribute's type.");
  }
}

const char* KindName(hq::v1::AttributeValueKind kind) {
  switch (kind) {
    case hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER:
      return "integer";
    case hq::v1::ATTRIBUTE_VALUE_KIND_DECIMAL:
      return "decimal";
    case hq::v1::ATTRIBUTE_VALUE_KIND_BOOLEAN:
      return "boolean";
    default:
      return "text";
  }
}

std::string_view PrimarySubtag(std::string_view language) {
  return language.substr(0, language.find('-'));
}

// The translation into the very language, else into another of its variants, if there is one.
const hq::v1::AttributeText* FindTranslation(const hq::v1::Attribute& attribute,
                                             std::string_view language) {
  const hq::v1::AttributeText* variant = nullptr;
  for (const hq::v1::AttributeText& text : attribute.translations()) {
    if (absl::EqualsIgnoreCase(text.language(), ToAbsl(language))) return &text;
    const bool is_variant = absl::EqualsIgnoreCase(ToAbsl(PrimarySubtag(text.language())),
                                                   ToAbsl(PrimarySubtag(language)));
    if (is_variant && variant == nullptr) variant = &text;
  }
  return variant;
}

// Field by field: who translates a name needn't translate the help.
void SetTexts(const CustomerAttribute& attribute, std::string_view language, FormAttribute& shown) {
  shown.set_friendly_name(attribute.definition->friendly_name());
  shown.set_help(attribute.definition->help());
  const hq::v1::AttributeText* const translation = FindTranslation(*attribute.definition, language);
  if (translation != nullptr && !translation->friendly_name().empty()) {
    shown.set_friendly_name(translation->friendly_name());
  }
  if (translation != nullptr && !translation->help().empty()) {
    shown.set_help(translation->help());
  }
  if (shown.friendly_name().empty()) shown.set_friendly_name(attribute.id());
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text, size_t places_max) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string places(point == std::string_view::npos ? "0" : text.substr(point + 1));
  const bool fits = point == std::string_view::npos || places.size() <= places_max;
  if (!AllDigits(whole) || !AllDigits(places) || whole.size() > kDecimalDigitsMax || !fits) {
    return std::nullopt;
  }
  places.resize(kDecimalPlacesMax, '0');
  Decimal decimal;
  if (!absl::SimpleAtoi(ToAbsl(whole), &decimal.whole) ||
      !absl::SimpleAtoi(places, &decimal.billionths)) {
    return std::nullopt;
  }
  return negative ? Decimal{-decimal.whole, -decimal.billionths} : decimal;
}

std::optional<size_t> PlacesMax(hq::v1::AttributeValueKind kind) {
  if (kind == hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER) return 0;
  if (kind == hq::v1::ATTRIBUTE_VALUE_KIND_DECIMAL) return kDecimalPlacesMax;
  return std::nullopt;
}

bool IsValueOf(const AttributeType& type, std::string_view value) {
  if (const auto places_max = PlacesMax(type.kind()); places_max.has_value()) {
    return IsNumberOf(type, value, *places_max);
  }
  if (type.kind() == hq::v1::ATTRIBUTE_VALUE_KIND_BOOLEAN) {
    return value == "true" || value == "false";
  }
  return type.values().empty() ||
         std::find(type.values().begin(), type.values().end(), value) != type.values().end();
}

void CheckAttributes(const Customer& customer, const Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check) {
  if (customer.attributes_size() > kAttributesMax &&
      customer.attributes_size() > current.attributes_size()) {
    check.Add("attributes", "TOO_MANY", absl::StrCat("At most ", kAttributesMax, "."));
    return;
  }
  for (const auto& [id, value] : customer.attributes()) {
    const auto held = current.attributes().find(id);
    if (held != current.attributes().end() && (held->second == value || value.empty())) continue;
    CheckAttribute(id, value, channel, check);
  }
}

std::vector<std::string> AddDefaultAttributes(Customer& customer,
                                              const ChannelConfiguration& channel) {
  std::vector<std::string> added;
  for (const CustomerAttribute& attribute : channel.attributes) {
    const std::string& value = attribute.definition->default_value();
    if (value.empty() || attribute.definition->retired()) continue;
    if (customer.attributes().contains(attribute.id())) continue;
    (*customer.mutable_attributes())[attribute.id()] = value;
    added.push_back(attribute.id());
  }
  return added;
}

void RemoveEmptyAttributes(Customer& customer) {
  std::vector<std::string> empty;
  for (const auto& [id, value] : customer.attributes()) {
    if (value.empty()) empty.push_back(id);
  }
  for (const std::string& id : empty) customer.mutable_attributes()->erase(id);
}

std::vector<FormAttribute> FormAttributes(const ChannelConfiguration& channel,
                                          std::string_view language) {
  std::vector<FormAttribute> form;
  for (const CustomerAttribute& attribute : channel.attributes) {
    if (attribute.definition->retired()) continue;
    FormAttribute& shown = form.emplace_back();
    shown.set_id(attribute.id());
    SetTexts(attribute, language, shown);
    shown.set_kind(KindName(attribute.type->kind()));
    shown.set_unit(attribute.type->unit());
    *shown.mutable_values() = attribute.type->values();
    shown.set_lowest(attribute.type->lowest());
    shown.set_highest(attribute.type->highest());
  }
  return form;
}

}  // namespace comptoir
