#include "common/rpc/language.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/languages.h"
#include "common/base/strings.h"

namespace comptoir::rpc {
namespace {

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
  std::string_view best = kLanguages.front();
  float best_weight = 0;
  for (absl::string_view range : absl::StrSplit(ToAbsl(accept_language), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(range, absl::MaxSplits(';', 1));
    const auto language = FindLanguage(ToStd(absl::StripAsciiWhitespace(parts.first)));
    const float weight = WeightOf(parts.second);
    if (language.has_value() && weight > best_weight) {
      best = kLanguages[*language];
      best_weight = weight;
    }
  }
  return std::string(best);
}

}  // namespace comptoir::rpc
