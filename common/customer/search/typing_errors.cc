#include "common/customer/search/typing_errors.h"

#include <initializer_list>

#include "common/base/status.h"
#include "common/customer/search/characters.h"

namespace comptoir {

TypingErrors::TypingErrors(std::string_view typed) : typed_(typed) {
  for (size_t at = 0; at < typed.size(); at += FirstCharacter(typed.substr(at)).size()) {
    begins_.push_back(at);
  }
  begins_.push_back(typed.size());
}

absl::Status TypingErrors::TryAt(
    size_t at, std::span<const std::string> nexts,
    absl::FunctionRef<absl::Status(const std::string& meant)> attempt) const {
  const std::string_view right = Before(at);
  const std::string_view here_on = Between(at, letters());
  const bool at_end = at == letters();
  const std::string_view after = at_end ? "" : Between(at + 1, letters());
  std::string meant;
  const auto try_joined = [&](std::initializer_list<std::string_view> parts) {
    meant.clear();
    for (const std::string_view part : parts) meant.append(part);
    return attempt(meant);
  };
  // One too many.
  if (!at_end) COMPTOIR_RETURN_IF_ERROR(try_joined({right, after}));
  for (const std::string& next : nexts) {
    if (!at_end && next == Letter(at)) continue;
    // One left out; one wrong; two swapped.
    COMPTOIR_RETURN_IF_ERROR(try_joined({right, next, here_on}));
    if (at_end) continue;
    COMPTOIR_RETURN_IF_ERROR(try_joined({right, next, after}));
    if (at + 1 < letters() && next == Letter(at + 1)) {
      COMPTOIR_RETURN_IF_ERROR(try_joined({right, next, Letter(at), Between(at + 2, letters())}));
    }
  }
  return absl::OkStatus();
}

}  // namespace comptoir
