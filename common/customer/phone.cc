// The phone half of normalize.h.

#include <phonenumbers/phonenumberutil.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/customer/normalize.h"
#include "common/customer/phone_plans.h"

namespace comptoir {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// libphonenumber's name for "no country".
constexpr char kNoRegion[] = "ZZ";

// Parsing reads tables that take tens of milliseconds to build; the library keeps one set of them
// for the process and locks it by itself.
const PhoneNumberUtil& Plans() { return *PhoneNumberUtil::GetInstance(); }

void AddOnce(std::string digits, std::vector<std::string>& all) {
  if (!digits.empty() && std::find(all.begin(), all.end(), digits) == all.end()) {
    all.push_back(std::move(digits));
  }
}

}  // namespace

std::optional<std::string> NormalizePhone(std::string_view phone, std::string_view country) {
  if (auto plain = PhonePlans::Instance().E164(phone, country); plain.has_value()) {
    return plain->empty() ? std::nullopt : std::move(plain);
  }
  const PhoneNumberUtil& plans = Plans();
  PhoneNumber number;
  const std::string region = IsCountry(country) ? std::string(country) : kNoRegion;
  if (plans.Parse(std::string(phone), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
    return std::nullopt;
  }
  // A number that can only be dialled within its area has no E.164 form.
  if (plans.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return std::nullopt;
  std::string e164;
  plans.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

std::string PhoneDigits(std::string_view phone) {
  std::string digits;
  int32_t i = 0;
  const auto size = static_cast<int32_t>(phone.size());
  while (i < size) {
    UChar32 c = 0;
    U8_NEXT(phone.data(), i, size, c);
    const int32_t value = c < 0 ? -1 : u_charDigitValue(c);
    if (value >= 0) digits.push_back(static_cast<char>('0' + value));
  }
  return digits;
}

std::vector<std::string> PhonePrefixes(std::string_view typed, std::string_view country) {
  std::vector<std::string> prefixes;
  const std::string digits = PhoneDigits(typed);
  const std::optional<std::string> e164 = NormalizePhone(typed, country);
  if (e164.has_value()) AddOnce(e164->substr(1), prefixes);
  AddOnce(digits, prefixes);
  if (digits.starts_with("00")) AddOnce(digits.substr(2), prefixes);
  if (typed.find('+') != std::string_view::npos || !IsCountry(country)) return prefixes;

  const std::string calling_code =
      absl::StrCat(Plans().GetCountryCodeForRegion(std::string(country)));
  std::string trunk_prefix;
  Plans().GetNddPrefixForRegion(std::string(country), /*strip_non_digits=*/true, &trunk_prefix);
  if (!trunk_prefix.empty() && digits.starts_with(trunk_prefix)) {
    AddOnce(calling_code + digits.substr(trunk_prefix.size()), prefixes);
  }
  AddOnce(calling_code + digits, prefixes);
  return prefixes;
}

}  // namespace comptoir
