// The languages in which people are spoken to.

#ifndef COMPTOIR_COMMON_BASE_LANGUAGES_H_
#define COMPTOIR_COMMON_BASE_LANGUAGES_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace comptoir {

// The first one speaks to whoever names none of them.
inline constexpr std::array<std::string_view, 4> kLanguages = {"en", "fr", "it", "sv"};

// A text in each of them, in their order.
using Translations = std::array<std::string_view, kLanguages.size()>;

// Which of ours a BCP 47 tag names: "fr", "FR", "fr-CA", "fr_CH".
std::optional<size_t> FindLanguage(std::string_view tag);

// The text in the language of a tag, or of the first of an accept-language header.
std::string_view InLanguage(const Translations& translations, std::string_view language);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_LANGUAGES_H_
