// The codes of countries, currencies and languages: a part of normalize.h.

#include <unicode/ucurr.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>
#include <unicode/uregex.h>
#include <unicode/utext.h>

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using Codes = absl::flat_hash_set<std::string>;

// About a millisecond each: an unlucky pattern would go on for years.
constexpr int32_t kPatternStepsMax = 50;

const Codes& Countries() {
  static const auto* const kCountries = [] {
    auto* codes = new Codes;
    for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) {
      codes->insert(*code);
    }
    return codes;
  }();
  return *kCountries;
}

const Codes& Currencies() {
  static const auto* const kCurrencies = [] {
    auto* codes = new Codes;
    UErrorCode error = U_ZERO_ERROR;
    UEnumeration* all = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &error);
    COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
    while (const char* code = uenum_next(all, nullptr, &error)) codes->insert(code);
    uenum_close(all);
    return codes;
  }();
  return *kCurrencies;
}

}  // namespace

bool IsCountry(std::string_view alpha2) { return Countries().contains(ToAbsl(alpha2)); }

bool IsPattern(std::string_view pattern) {
  UErrorCode error = U_ZERO_ERROR;
  UText* text =
      utext_openUTF8(nullptr, pattern.data(), static_cast<int64_t>(pattern.size()), &error);
  URegularExpression* expression = uregex_openUText(text, 0, nullptr, &error);
  uregex_close(expression);
  utext_close(text);
  // An empty one is none, not a wrong one.
  return pattern.empty() || U_SUCCESS(error);
}

bool MatchesPattern(std::string_view text, std::string_view pattern) {
  UErrorCode error = U_ZERO_ERROR;
  UText* pattern_text =
      utext_openUTF8(nullptr, pattern.data(), static_cast<int64_t>(pattern.size()), &error);
  UText* value = utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &error);
  URegularExpression* expression = uregex_openUText(pattern_text, 0, nullptr, &error);
  bool matches = true;
  if (U_SUCCESS(error)) {
    uregex_setTimeLimit(expression, kPatternStepsMax, &error);
    uregex_setUText(expression, value, &error);
    matches = uregex_matches64(expression, -1, &error) != 0 && U_SUCCESS(error);
  }
  uregex_close(expression);
  utext_close(value);
  utext_close(pattern_text);
  return matches;
}

bool IsCurrency(std::string_view iso4217) { return Currencies().contains(ToAbsl(iso4217)); }

namespace {

bool IcuKnowsLanguage(std::string_view bcp47) {
  // ICU's own limit; longer tags name no language.
  char locale[ULOC_FULLNAME_CAPACITY];
  const std::string tag(bcp47);
  if (tag.empty() || tag.size() >= sizeof(locale)) return false;
  for (const char c : tag) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
  }
  int32_t parsed = 0;
  UErrorCode error = U_ZERO_ERROR;
  uloc_forLanguageTag(tag.c_str(), locale, sizeof(locale), &parsed, &error);
  return U_SUCCESS(error) && parsed == static_cast<int32_t>(tag.size());
}

}  // namespace

bool IsLanguage(std::string_view bcp47) {
  // ICU takes longer than all other rules of a customer together, and a thread meets few languages.
  constexpr size_t kLanguagesMax = 64;
  static thread_local absl::flat_hash_set<std::string> languages;
  if (languages.contains(ToAbsl(bcp47))) return true;
  if (!IcuKnowsLanguage(bcp47)) return false;
  if (languages.size() < kLanguagesMax) languages.emplace(bcp47);
  return true;
}

}  // namespace comptoir
