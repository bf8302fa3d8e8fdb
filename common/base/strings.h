#ifndef COMPTOIR_COMMON_BASE_STRINGS_H_
#define COMPTOIR_COMMON_BASE_STRINGS_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace comptoir {

// The packaged abseil has a string_view of its own, which doesn't convert by itself. We use
// std::string_view everywhere; these two are for calls of abseil: StrCat(ToAbsl(text)).
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_STRINGS_H_
