#include "common/customer/rules/validate.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

constexpr char kNotSupportedYet[] = "NOT_SUPPORTED_YET";
constexpr char kFeatureOff[] = "FEATURE_OFF";
constexpr char kMisplaced[] = "FIELD_MISPLACED";
constexpr char kPlainContact[] = "This contact has neither purpose nor consent.";

constexpr std::string_view kPurposes[] = {"Home",     "Business", "Office",  "PostBox", "Invoice",
                                          "Delivery", "Payment",  "Service", "Other"};

// "secondary_emails" of "secondary_emails[1].consent".
std::string_view BaseName(std::string_view field) {
  return field.substr(0, field.find_first_of("[."));
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

// Strictly YYYY-MM-DD, of a day that exists.
std::optional<absl::CivilDay> ParseDate(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const std::string_view parts[] = {date.substr(0, 4), date.substr(5, 2), date.substr(8, 2)};
  int numbers[3];
  for (int i = 0; i < 3; ++i) {
    if (!AllDigits(parts[i]) || !absl::SimpleAtoi(ToAbsl(parts[i]), &numbers[i])) {
      return std::nullopt;
    }
  }
  const absl::CivilDay day(numbers[0], numbers[1], numbers[2]);
  const bool exists = numbers[0] > 0 && day.month() == numbers[1] && day.day() == numbers[2];
  return exists ? std::optional(day) : std::nullopt;
}

bool IsWebUrl(std::string_view url) {
  std::string_view rest;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (absl::StartsWithIgnoreCase(ToAbsl(url), ToAbsl(scheme))) rest = url.substr(scheme.size());
  }
  const bool has_host = !rest.empty() && rest.find_first_of("/?#:") != 0;
  return has_host && std::none_of(rest.begin(), rest.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_isspace(byte) || absl::ascii_iscntrl(byte);
         });
}

void CheckNames(const Customer& customer, FieldCheck& check) {
  check.Text("given_name", customer.given_name(), kNameCharactersMax);
  check.Text("middle_name", customer.middle_name(), kNameCharactersMax);
  check.Text("family_name", customer.family_name(), kNameCharactersMax);
  check.Text("organization_name", customer.organization_name(), kNameCharactersMax);
}

void CheckNameRequired(const Customer& customer, FieldCheck& check) {
  const auto type = EffectiveType(customer);
  if (type == customer::v1::CUSTOMER_TYPE_ORGANIZATION) {
    if (!IsBlank(customer.organization_name())) return;
    check.Add("organization_name", "NAME_REQUIRED", "An organization needs its name.");
  } else if (type == customer::v1::CUSTOMER_TYPE_PERSON) {
    if (!IsBlank(customer.given_name()) || !IsBlank(customer.family_name())) return;
    constexpr char kDescription[] = "A person needs a given or a family name.";
    check.Add("given_name", "NAME_REQUIRED", kDescription);
    check.Add("family_name", "NAME_REQUIRED", kDescription);
  }
}

void CheckBirthDate(const Customer& customer, absl::Time now, FieldCheck& check) {
  const auto day = check.Date("birth_date", customer.birth_date());
  if (day.has_value() && *day > absl::ToCivilDay(now, absl::UTCTimeZone())) {
    check.Add("birth_date", "DATE_INVALID", "Lies in the future.");
  }
}

void CheckPurposes(const Address& address, const ChannelConfiguration& channel, FieldCheck& check) {
  if (static_cast<size_t>(address.purposes_size()) > kPurposesMax) {
    check.Add("purposes", "TOO_MANY", absl::StrCat("At most ", kPurposesMax, "."));
    return;
  }
  for (int i = 0; i < address.purposes_size(); ++i) {
    const std::string& purpose = address.purposes(i);
    if (IsBuiltInPurpose(purpose) || channel.purposes.contains(purpose)) continue;
    check.Add(absl::StrCat("purposes[", i, "]"), "PURPOSE_UNKNOWN", "Not a purpose.");
  }
}

void CheckStreet(const Address& address, FieldCheck& check) {
  if (static_cast<size_t>(address.street_size()) > kStreetLinesMax) {
    check.Add("street", "TOO_MANY", absl::StrCat("At most ", kStreetLinesMax, " lines."));
    return;
  }
  for (int i = 0; i < address.street_size(); ++i) {
    check.Text(absl::StrCat("street[", i, "]"), address.street(i), kAddressLineCharactersMax);
  }
}

void CheckValidity(const Address& address, FieldCheck& check) {
  const auto from = check.Date("valid_from", address.valid_from());
  const auto to = check.Date("valid_to", address.valid_to());
  if (from.has_value() && to.has_value() && *to < *from) {
    check.Add("valid_to", "DATE_INVALID", "Lies before valid_from.");
  }
}

}  // namespace

FieldCheck::FieldCheck(FieldViolations& violations, std::string prefix, const FieldNames* only)
    : violations_(violations), prefix_(std::move(prefix)), only_(only) {}

void FieldCheck::Add(std::string_view field, std::string_view reason,
                     std::string_view description) {
  if (only_ != nullptr && !only_->contains(ToAbsl(BaseName(field)))) return;
  violations_.Add(absl::StrCat(prefix_, ToAbsl(field)), std::string(reason),
                  std::string(description));
}

void FieldCheck::NotSupportedYet(std::string_view field, bool present) {
  if (present) Add(field, kNotSupportedYet, "This version keeps no such values.");
}

bool FieldCheck::Text(std::string_view field, std::string_view value, size_t characters_max) {
  if (!IsValidUtf8(value)) {
    Add(field, "INVALID_UTF8", "Not UTF-8.");
    return false;
  }
  if (value.size() > characters_max && CharacterCount(value) > characters_max) {
    Add(field, "TOO_LONG", absl::StrCat("At most ", characters_max, " characters."));
    return false;
  }
  return true;
}

void FieldCheck::EmailAddress(std::string_view field, std::string_view address) {
  if (address.empty() || !Text(field, address, kEmailCharactersMax)) return;
  if (!NormalizeEmail(address).has_value()) {
    Add(field, "EMAIL_IMPOSSIBLE", "No e-mail address looks so.");
  }
}

void FieldCheck::PhoneNumber(std::string_view field, const customer::v1::Phone& phone) {
  Text(field, phone.number(), kPhoneCharactersMax);
  Enumerator(field, customer::v1::PhoneKind_IsValid(phone.kind()));
}

void FieldCheck::Email(std::string_view field, const customer::v1::Email& email) {
  EmailAddress(field, email.address());
  if (!email.purpose().empty() || email.has_consent()) Add(field, kMisplaced, kPlainContact);
}

void FieldCheck::Phone(std::string_view field, const customer::v1::Phone& phone) {
  PhoneNumber(field, phone);
  if (!phone.purpose().empty() || phone.has_consent()) Add(field, kMisplaced, kPlainContact);
}

void FieldCheck::Url(std::string_view field, std::string_view url) {
  if (url.empty() || !Text(field, url, kUrlCharactersMax)) return;
  if (!IsWebUrl(url)) Add(field, "URL_INVALID", "Not an absolute http or https URL.");
}

std::optional<absl::CivilDay> FieldCheck::Date(std::string_view field, std::string_view date) {
  if (date.empty()) return std::nullopt;
  const auto day = ParseDate(date);
  if (!day.has_value()) Add(field, "DATE_INVALID", "Not a day as YYYY-MM-DD.");
  return day;
}

void FieldCheck::Code(std::string_view field, std::string_view code,
                      bool (*is_known)(std::string_view), std::string_view reason) {
  if (!code.empty() && !is_known(code)) Add(field, reason, "Not a known code.");
}

void FieldCheck::Enumerator(std::string_view field, bool is_known) {
  if (!is_known) Add(field, "VALUE_UNKNOWN", "Not a value of the enumeration.");
}

void CheckCustomer(const Customer& customer, absl::Time now, FieldCheck& check) {
  check.Enumerator("type", customer::v1::CustomerType_IsValid(customer.type()));
  check.Text("title", customer.title(), kTitleCharactersMax);
  CheckBirthDate(customer, now, check);
  CheckNames(customer, check);
  CheckNameRequired(customer, check);
  check.Code("currency", customer.currency(), IsCurrency, "CURRENCY_UNKNOWN");
  check.Code("language", customer.language(), IsLanguage, "LANGUAGE_INVALID");
  check.Enumerator("receipt_option",
                   customer::v1::ReceiptOption_IsValid(customer.receipt_option()));
  check.Email("receipt_email", customer.receipt_email());
  check.Url("url", customer.url());
  check.Text("tax_number", customer.tax_number(), kTaxNumberCharactersMax);
  check.Text("notes", customer.notes(), kNotesCharactersMax);
}

void CheckReferences(const Customer& customer, const Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check) {
  if (!customer.customer_group().empty() && customer.customer_group() != current.customer_group()) {
    const auto group = channel.groups.find(customer.customer_group());
    if (group == channel.groups.end() || group->second.retired()) {
      check.Add("customer_group", "GROUP_UNKNOWN", "HQ has no such group in use.");
    }
  }
  if (customer.affiliations_size() > kAffiliationsMax) {
    check.Add("affiliations", "TOO_MANY", absl::StrCat("At most ", kAffiliationsMax, "."));
    return;
  }
  const auto& own = current.affiliations();
  for (int i = 0; i < customer.affiliations_size(); ++i) {
    const std::string& id = customer.affiliations(i);
    if (std::find(own.begin(), own.end(), id) != own.end()) continue;
    const auto found = channel.affiliations.find(id);
    const bool chosen = found != channel.affiliations.end() && !found->second.retired() &&
                        (channel.by_administrator || !found->second.hidden());
    if (chosen) continue;
    check.Add(absl::StrCat("affiliations[", i, "]"), "AFFILIATION_UNKNOWN",
              "Stores have no such affiliation to choose.");
  }
}

void CheckAddressBooks(const Customer& customer, const Customer& current,
                       const ChannelConfiguration& channel, FieldCheck& check) {
  if (customer.address_books_size() > kAddressBooksMax) {
    check.Add("address_books", "TOO_MANY", absl::StrCat("At most ", kAddressBooksMax, "."));
    return;
  }
  const auto& own = current.address_books();
  for (int i = 0; i < customer.address_books_size(); ++i) {
    const std::string& id = customer.address_books(i);
    if (std::find(own.begin(), own.end(), id) != own.end() || channel.books_in_use.contains(id)) {
      continue;
    }
    check.Add(absl::StrCat("address_books[", i, "]"), "ADDRESS_BOOK_UNKNOWN",
              "HQ has no such address book in use.");
  }
}

void CheckFeatures(const Customer& customer, const ChannelConfiguration& channel,
                   FieldCheck& check) {
  if (channel.enhanced_async()) return;
  constexpr char kDescription[] = "On a pending customer this needs feature F3.";
  if (!customer.title().empty()) check.Add("title", kFeatureOff, kDescription);
  if (!customer.affiliations().empty()) check.Add("affiliations", kFeatureOff, kDescription);
  if (!customer.secondary_emails().empty()) {
    check.Add("secondary_emails", kFeatureOff, kDescription);
  }
  if (!customer.secondary_phones().empty()) {
    check.Add("secondary_phones", kFeatureOff, kDescription);
  }
}

bool IsBuiltInPurpose(std::string_view purpose) {
  return std::find(std::begin(kPurposes), std::end(kPurposes), purpose) != std::end(kPurposes);
}

void CheckAddress(const Address& address, const ChannelConfiguration& channel, FieldCheck& check) {
  check.Text("display_name", address.display_name(), kAddressLineCharactersMax);
  CheckPurposes(address, channel, check);
  CheckStreet(address, check);
  check.Text("street_number", address.street_number(), kAddressLineCharactersMax);
  check.Text("building", address.building(), kAddressLineCharactersMax);
  check.Text("district", address.district(), kAddressLineCharactersMax);
  check.Text("city", address.city(), kAddressLineCharactersMax);
  check.Text("county", address.county(), kAddressLineCharactersMax);
  check.Text("state", address.state(), kAddressLineCharactersMax);
  check.Text("postal_code", address.postal_code(), kPostalCodeCharactersMax);
  check.Code("country", address.country(), IsCountry, "COUNTRY_UNKNOWN");
  check.Phone("phone", address.phone());
  check.Email("email", address.email());
  check.Url("url", address.url());
  check.Text("attention_to", address.attention_to(), kAddressLineCharactersMax);
  CheckValidity(address, check);
}

customer::v1::CustomerType EffectiveType(const Customer& customer) {
  if (customer.type() != customer::v1::CUSTOMER_TYPE_UNSPECIFIED) return customer.type();
  const bool only_organization = !IsBlank(customer.organization_name()) &&
                                 IsBlank(customer.given_name()) &&
                                 IsBlank(customer.middle_name()) && IsBlank(customer.family_name());
  return only_organization ? customer::v1::CUSTOMER_TYPE_ORGANIZATION
                           : customer::v1::CUSTOMER_TYPE_PERSON;
}

absl::Status StatusOfViolations(const FieldViolations& violations) {
  absl::Status invalid = violations.ToStatus();
  const auto& all = violations.violations();
  for (const Reason reason : {Reason::kNotSupportedYet, Reason::kFeatureOff}) {
    const bool nothing_else =
        !all.empty() && std::all_of(all.begin(), all.end(), [&](const FieldViolation& violation) {
          return violation.reason == ReasonName(reason);
        });
    if (!nothing_else) continue;
    absl::Status status = MakeError(reason, std::string(ReasonDescription(reason)));
    status.SetPayload(ToAbsl(kBadRequestUrl), *invalid.GetPayload(ToAbsl(kBadRequestUrl)));
    return status;
  }
  return invalid;
}

}  // namespace comptoir
