// What store people read when something was not done. Reasons are for programs; a POS shows the
// google.rpc.LocalizedMessage that goes with them.

#ifndef COMPTOIR_COMMON_BASE_REASON_TEXTS_H_
#define COMPTOIR_COMMON_BASE_REASON_TEXTS_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/base/languages.h"
#include "common/base/reason.h"

namespace comptoir {

inline constexpr std::string_view kLocalizedMessageUrl =
    "type.googleapis.com/google.rpc.LocalizedMessage";

// Null for what only operators and programs meet.
const Translations* TextsForPeople(Reason reason);

// Adds a LocalizedMessage in the caller's language to an error whose reason has a text. One that is
// there, in HQ's answer to a forwarded call, is replaced.
absl::Status WithTextForPeople(absl::Status status, std::string_view language);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_REASON_TEXTS_H_
