#include "common/rpc/language.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/strings.h"

namespace comptoir::rpc {
namespace {

constexpr absl::string_view kLanguages[] = {"en", "fr", "it", "sv"};

// Returns the language of a tag such as "fr-CH" if we have it, else nothing.
absl::string_view KnownLanguage(absl::string_view tag) {
  tag = tag.substr(0, tag.find('-'));
  const auto* const found = std::ranges::find_if(kLanguages, [&](absl::string_view language) {
    return absl::EqualsIgnoreCase(language, tag);
  });
  return found == std::end(kLanguages) ? absl::string_view() : *found;
}

// Returns the weight in the parameters of a range, 1 if there is none, 0 if it is no number.
float WeightOf(absl::string_view parameters) {
  parameters = absl::StripAsciiWhitespace(parameters);
  if (parameters.empty()) return 1;
  float weight = 0;
  if (!absl::StartsWithIgnoreCase(parameters, "q=") ||
      !absl::SimpleAtof(parameters.substr(2), &weight)) {
    return 0;
  }
  return weight;
}

}  // namespace

std::string PreferredLanguage(std::string_view accept_language) {
  absl::string_view best = "en";
  float best_weight = 0;
  for (absl::string_view range : absl::StrSplit(ToAbsl(accept_language), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(range, absl::MaxSplits(';', 1));
    const absl::string_view language = KnownLanguage(absl::StripAsciiWhitespace(parts.first));
    const float weight = WeightOf(parts.second);
    if (!language.empty() && weight > best_weight) {
      best = language;
      best_weight = weight;
    }
  }
  return std::string(best);
}

}  // namespace comptoir::rpc
