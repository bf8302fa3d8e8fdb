// How names, e-mails and phones are folded for matching. ICU and libphonenumber behind it.

#ifndef COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_
#define COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comptoir {

// Case and accents folded, words split at anything that is neither letter nor digit: "O'Brien-López" → o, brien, lopez. Without
// repetitions.
std::vector<std::string> FoldedWords(std::string_view text);

// NFC, lower case; nullopt if no e-mail address can look so (C4: letters outside ASCII are legal on both sides).
std::optional<std::string> NormalizeEmail(std::string_view email);

// E.164 with "+", if the number is possible for `country` (ISO 3166-1 alpha-2; may be empty, then only international numbers are
// known); nullopt otherwise.
std::optional<std::string> NormalizePhone(std::string_view phone, std::string_view country);

// The ASCII digits in `phone`, all scripts' digits included.
std::string PhoneDigits(std::string_view phone);

bool IsCountry(std::string_view alpha2);
bool IsCurrency(std::string_view iso4217);
bool IsLanguage(std::string_view bcp47);
bool IsValidUtf8(std::string_view text);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_
