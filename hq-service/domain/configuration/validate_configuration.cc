#include "hq-service/domain/configuration/validate_configuration.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "common/customer/normalize.h"
#include "common/customer/records/loyalty_cards.h"
#include "hq-service/domain/number_sequences.h"

namespace comptoir::hq {
namespace {

constexpr size_t kIdCharactersMax = 32;
constexpr size_t kChannelServiceIdCharactersMax = 64;
constexpr size_t kTextBytesMax = 1024;  // 256 characters of at most 4 bytes
constexpr int kChannelServicesPerChannelMax = 100;
constexpr size_t kFormatCharactersMax = 64;

bool IsId(std::string_view id, size_t characters_max, std::string_view others) {
  return !id.empty() && id.size() <= characters_max &&
         std::all_of(id.begin(), id.end(), [&](char c) {
           return (std::isalnum(static_cast<unsigned char>(c)) != 0 &&
                   static_cast<unsigned char>(c) < 0x80) ||
                  others.find(c) != std::string_view::npos;
         });
}

void CheckCode(std::string_view field, std::string_view code, bool (*is_known)(std::string_view),
               std::string_view reason, FieldViolations& violations) {
  if (code.empty()) {
    violations.Add(std::string(field), "REQUIRED", "Must be set.");
  } else if (!is_known(code)) {
    violations.Add(std::string(field), std::string(reason), "Not a known code.");
  }
}

void CheckChannelServices(const v1::Channel& channel, FieldViolations& violations) {
  if (channel.channel_services_size() > kChannelServicesPerChannelMax) {
    violations.Add("channel_services", "TOO_MANY",
                   absl::StrCat("At most ", kChannelServicesPerChannelMax, "."));
    return;
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < channel.channel_services_size(); ++i) {
    const std::string field = absl::StrCat("channel_services[", i, "]");
    if (!IsChannelServiceId(channel.channel_services(i))) {
      violations.Add(field, "ID_INVALID", "1 to 64 letters, digits, hyphens, dots, underscores.");
    } else if (!seen.insert(channel.channel_services(i)).second) {
      violations.Add(field, "ID_REPEATED", "Named twice.");
    }
  }
}

// "C-########": constants around one run of '#'. The run's length, 0 if it isn't so.
size_t FormatDigits(std::string_view format) {
  const size_t begin = format.find('#');
  if (begin == std::string_view::npos) return 0;
  const size_t end = std::min(format.find_first_not_of('#', begin), format.size());
  return format.find('#', end) == std::string_view::npos ? end - begin : 0;
}

bool MakesCardNumbers(const v1::NumberSequence& sequence) {
  std::string number = sequence.format();
  std::replace(number.begin(), number.end(), '#', '0');
  return IsLoyaltyCardNumber(number);
}

uint64_t LargestNumber(size_t digits) {
  uint64_t number = 0;
  for (size_t i = 0; i < digits; ++i) number = number * 10 + 9;
  return number;
}

constexpr int kAddressBooksPerChannelMax = 100;
constexpr std::string_view kInheritableFields[] = {
    "type",          "customer_group", "receipt_option", "currency",
    "receipt_email", "language",       "affiliations"};

void CheckAddressBooks(const v1::Channel& channel, FieldViolations& violations) {
  if (channel.address_books_size() > kAddressBooksPerChannelMax) {
    violations.Add("address_books", "TOO_MANY",
                   absl::StrCat("At most ", kAddressBooksPerChannelMax, "."));
    return;
  }
  for (int i = 0; i < channel.address_books_size(); ++i) {
    CheckReferenceName(absl::StrCat("address_books[", i, "]"), channel.address_books(i),
                       "addressBooks", /*required=*/true, violations);
  }
}

void CheckInheritance(const v1::Channel& channel, FieldViolations& violations) {
  CheckReferenceName("default_customer", channel.default_customer(), "defaultCustomers",
                     /*required=*/false, violations);
  for (int i = 0; i < channel.fields_not_inherited_size(); ++i) {
    const auto* known = std::find(std::begin(kInheritableFields), std::end(kInheritableFields),
                                  channel.fields_not_inherited(i));
    if (known != std::end(kInheritableFields)) continue;
    violations.Add(absl::StrCat("fields_not_inherited[", i, "]"), "FIELD_UNKNOWN",
                   "Not a field that is inherited.");
  }
}

}  // namespace

void CheckText(std::string_view field, std::string_view text, FieldViolations& violations) {
  if (!IsValidUtf8(text)) {
    violations.Add(std::string(field), "INVALID_UTF8", "Not UTF-8.");
  } else if (text.size() > kTextBytesMax) {
    violations.Add(std::string(field), "TOO_LONG", "At most 256 characters.");
  }
}

void CheckReferenceName(std::string_view field, std::string_view name, std::string_view collection,
                        bool required, FieldViolations& violations) {
  if (name.empty()) {
    if (required) violations.Add(std::string(field), "REQUIRED", "Must be set.");
  } else if (!ParseConfigurationName(name, collection, field).ok()) {
    violations.Add(std::string(field), "NAME_INVALID",
                   absl::StrCat("Must be ", ToAbsl(collection), "/{id}."));
  }
}

absl::StatusOr<std::string> ParseConfigurationName(std::string_view name,
                                                   std::string_view collection,
                                                   std::string_view field) {
  if (name.starts_with(collection) && name.substr(collection.size()).starts_with("/")) {
    const std::string_view id = name.substr(collection.size() + 1);
    if (IsId(id, kIdCharactersMax, "-")) return std::string(id);
  }
  FieldViolations violations;
  violations.Add(std::string(field), "NAME_INVALID",
                 absl::StrCat("Must be ", ToAbsl(collection),
                              "/{id}, the id 1 to 32 letters, digits and hyphens."));
  return violations.ToStatus();
}

bool IsChannelServiceId(std::string_view id) {
  return IsId(id, kChannelServiceIdCharactersMax, "-._");
}

void CheckFields(const v1::Channel& channel, FieldViolations& violations) {
  CheckText("display_name", channel.display_name(), violations);
  CheckReferenceName("operating_unit", channel.operating_unit(), "operatingUnits",
                     /*required=*/true, violations);
  CheckReferenceName("profile", channel.profile(), "profiles", /*required=*/true, violations);
  CheckReferenceName("channel_database_group", channel.channel_database_group(),
                     "channelDatabaseGroups", /*required=*/false, violations);
  CheckReferenceName("field_rules", channel.field_rules(), "fieldRules", /*required=*/false,
                     violations);
  CheckInheritance(channel, violations);
  CheckAddressBooks(channel, violations);
  CheckCode("currency", channel.currency(), IsCurrency, "CURRENCY_UNKNOWN", violations);
  CheckCode("language", channel.language(), IsLanguage, "LANGUAGE_INVALID", violations);
  CheckChannelServices(channel, violations);
}

void CheckFields(const v1::Profile& profile, FieldViolations& violations) {
  CheckText("display_name", profile.display_name(), violations);
}

void CheckFields(const v1::OperatingUnit& unit, FieldViolations& violations) {
  CheckText("display_name", unit.display_name(), violations);
  const auto& address = unit.address();
  if (!address.country().empty() && !IsCountry(address.country())) {
    violations.Add("address.country", "COUNTRY_UNKNOWN", "Not ISO 3166-1 alpha-2.");
  }
  for (int i = 0; i < address.street_size(); ++i) {
    CheckText(absl::StrCat("address.street[", i, "]"), address.street(i), violations);
  }
  CheckText("address.city", address.city(), violations);
  CheckText("address.postal_code", address.postal_code(), violations);
}

void CheckFields(const v1::NumberSequence& sequence, FieldViolations& violations) {
  const size_t digits = FormatDigits(sequence.format());
  if (digits == 0 || digits > static_cast<size_t>(kFormatDigitsMax) ||
      sequence.format().size() > kFormatCharactersMax || !IsValidUtf8(sequence.format())) {
    violations.Add("format", "FORMAT_INVALID",
                   "Constants and 1 to 19 adjacent '#', at most 64 characters.");
  } else if (IdInName(sequence.name()) == kCardNumbers && !MakesCardNumbers(sequence)) {
    violations.Add("format", "FORMAT_INVALID",
                   "Numbers of loyalty cards are 1 to 30 letters, digits and hyphens.");
  } else if (sequence.highest() > LargestNumber(digits)) {
    violations.Add("highest", "OUT_OF_RANGE", "Has more digits than the format.");
  }
  if (sequence.highest() < sequence.lowest()) {
    violations.Add("highest", "OUT_OF_RANGE", "Lies below the lowest.");
  }
  if (sequence.next() < sequence.lowest()) {
    violations.Add("next", "OUT_OF_RANGE", "Lies below the lowest.");
  }
}

std::vector<Reference> ReferencesOf(const v1::Channel& channel) {
  std::vector<Reference> references = {
      {"operating_unit", channel.operating_unit()},
      {"profile", channel.profile()},
      {"default_customer", channel.default_customer()},
      {"channel_database_group", channel.channel_database_group()},
      {"field_rules", channel.field_rules()},
  };
  for (int i = 0; i < channel.address_books_size(); ++i) {
    references.push_back({absl::StrCat("address_books[", i, "]"), channel.address_books(i)});
  }
  return references;
}

}  // namespace comptoir::hq
