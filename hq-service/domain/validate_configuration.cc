#include "hq-service/domain/validate_configuration.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "common/customer/normalize.h"
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

void CheckText(std::string_view field, std::string_view text, FieldViolations& violations) {
  if (!IsValidUtf8(text)) {
    violations.Add(std::string(field), "INVALID_UTF8", "Not UTF-8.");
  } else if (text.size() > kTextBytesMax) {
    violations.Add(std::string(field), "TOO_LONG", "At most 256 characters.");
  }
}

void CheckReferenceName(std::string_view field, std::string_view name, std::string_view collection,
                        FieldViolations& violations) {
  if (name.empty()) {
    violations.Add(std::string(field), "REQUIRED", "Must be set.");
  } else if (!ParseConfigurationName(name, collection, field).ok()) {
    violations.Add(std::string(field), "NAME_INVALID",
                   absl::StrCat("Must be ", ToAbsl(collection), "/{id}."));
  }
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

uint64_t LargestNumber(size_t digits) {
  uint64_t number = 0;
  for (size_t i = 0; i < digits; ++i) number = number * 10 + 9;
  return number;
}

}  // namespace

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
  CheckReferenceName("operating_unit", channel.operating_unit(), "operatingUnits", violations);
  CheckReferenceName("profile", channel.profile(), "profiles", violations);
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

absl::Status CheckReferences(const Reader& reader, const v1::Channel& channel) {
  struct Reference {
    std::string field;
    std::string key;
  };
  COMPTOIR_ASSIGN_OR_RETURN(
      const std::string unit,
      ParseConfigurationName(channel.operating_unit(), "operatingUnits", "operating_unit"));
  COMPTOIR_ASSIGN_OR_RETURN(const std::string profile,
                            ParseConfigurationName(channel.profile(), "profiles", "profile"));
  std::string missing;
  for (const Reference& reference : {Reference{"operating_unit", OperatingUnitRecordKey(unit)},
                                     Reference{"profile", ProfileRecordKey(profile)}}) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, reader.Get(Table::kRecords, reference.key));
    if (!record.has_value()) absl::StrAppend(&missing, missing.empty() ? "" : ",", reference.field);
  }
  if (missing.empty()) return absl::OkStatus();
  return MakeError(Reason::kReferenceMissing, "The channel refers to what doesn't exist.",
                   {{"fields", missing}});
}

}  // namespace comptoir::hq
