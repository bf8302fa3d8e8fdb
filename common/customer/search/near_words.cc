#include "common/customer/search/near_words.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/check.h"
#include "common/customer/search/typing_errors.h"

namespace comptoir {

std::vector<std::string> NearWords(const WordMemory& memory, IndexTag tag, std::string_view typed,
                                   const NearLimits& limits) {
  const WordVocabulary& words = memory.words(tag);
  const TypingErrors errors(typed);
  std::vector<std::string> near;
  size_t lookups = 0;
  // Of one place of the error, to be looked for all at once: each by itself would be waited for.
  std::vector<std::pair<std::string, size_t>> all_meant;
  const auto take = [&](const std::string& meant) {
    if (lookups++ < limits.seeks_max) {
      all_meant.emplace_back(meant, words.Prefetch(meant));
    }
    return absl::OkStatus();
  };
  const auto keep_known = [&] {
    for (auto& [meant, hash] : all_meant) {
      if (!words.CustomersOf(meant, hash).empty()) near.push_back(std::move(meant));
    }
    all_meant.clear();
  };
  for (size_t at = 0; at <= errors.letters(); ++at) {
    const auto& nexts = words.LettersAfter(at == 0 ? "" : errors.Letter(at - 1));
    COMPTOIR_CHECK_OK(errors.TryAt(at, nexts, take));
    keep_known();
    if (at == errors.letters()) break;
    // No word goes on as this was typed: all are right before this letter or at it.
    if (std::find(nexts.begin(), nexts.end(), errors.Letter(at)) == nexts.end()) break;
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::erase(near, typed);
  if (near.size() > limits.values_max) near.resize(limits.values_max);
  return near;
}

}  // namespace comptoir
