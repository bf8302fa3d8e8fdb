// How names, e-mails and phones are folded for matching. ICU and libphonenumber behind it.

#ifndef COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_
#define COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comptoir {

// Case and accents folded, words split at anything that is neither letter nor digit:
// "O'Brien-López" → o, brien, lopez. Without repetitions.
std::vector<std::string> FoldedWords(std::string_view text);

// NFC, lower case; nullopt if no e-mail address can look so (C4: letters outside ASCII are legal on
// both sides).
std::optional<std::string> NormalizeEmail(std::string_view email);

// `email` as it is compared, also a part of one that was only begun.
std::string FoldedEmail(std::string_view email);

// E.164 with "+", if the number is possible for `country` (ISO 3166-1 alpha-2; may be empty, then
// only international numbers are known); nullopt otherwise.
std::optional<std::string> NormalizePhone(std::string_view phone, std::string_view country);

// The digits in `phone`, those of all scripts, in ASCII.
std::string PhoneDigits(std::string_view phone);

// With what digits a number may begin that somebody in `country` types so, whole or in part: as
// typed, without the international prefix, with the country's calling code instead of its trunk
// prefix. The whole number in E.164 comes first, if it is one.
std::vector<std::string> PhonePrefixes(std::string_view typed, std::string_view country);

bool IsCountry(std::string_view alpha2);
bool IsCurrency(std::string_view iso4217);
bool IsLanguage(std::string_view bcp47);
// A regular expression of ICU.
bool IsPattern(std::string_view pattern);
// Whether the whole text matches, also where the pattern is none of this ICU's; not where finding
// out takes too long. Both must be valid UTF-8.
bool MatchesPattern(std::string_view text, std::string_view pattern);
bool IsValidUtf8(std::string_view text);

// Unicode code points; `text` must be valid UTF-8.
size_t CharacterCount(std::string_view text);

// Without white space at both ends.
std::string_view Trimmed(std::string_view text);
inline bool IsBlank(std::string_view text) { return Trimmed(text).empty(); }

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_NORMALIZE_H_
