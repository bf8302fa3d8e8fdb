#include "common/base/languages.h"

#include "absl/strings/match.h"
#include "common/base/strings.h"

namespace comptoir {

std::optional<size_t> FindLanguage(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find_first_of("-_"));
  for (size_t i = 0; i < kLanguages.size(); ++i) {
    if (absl::EqualsIgnoreCase(ToAbsl(primary), ToAbsl(kLanguages[i]))) return i;
  }
  return std::nullopt;
}

std::string_view InLanguage(const Translations& translations, std::string_view language) {
  return translations[FindLanguage(language.substr(0, language.find_first_of(",; "))).value_or(0)];
}

}  // namespace comptoir
