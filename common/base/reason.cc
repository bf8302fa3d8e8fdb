#include "common/base/reason.h"

#include <cstddef>

namespace comptoir {
namespace {

enum class Kind { kRefusal, kFailure };

constexpr ReasonInfo kReasons[] = {
#define COMPTOIR_REASON_INFO(enumerator, name, code, kind, description) \
  {Reason::enumerator, name, absl::StatusCode::code, Kind::kind == Kind::kRefusal, description},
    COMPTOIR_REASONS(COMPTOIR_REASON_INFO)
#undef COMPTOIR_REASON_INFO
};

const ReasonInfo& InfoOf(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

}  // namespace

std::span<const ReasonInfo> AllReasons() { return kReasons; }

std::string_view ReasonName(Reason reason) { return InfoOf(reason).name; }

std::optional<Reason> FindReason(std::string_view name) {
  for (const ReasonInfo& info : kReasons) {
    if (info.name == name) return info.reason;
  }
  return std::nullopt;
}

absl::StatusCode ReasonCode(Reason reason) { return InfoOf(reason).code; }

std::string_view ReasonDescription(Reason reason) { return InfoOf(reason).description; }

bool IsRefusal(Reason reason) { return InfoOf(reason).is_refusal; }

std::ostream& operator<<(std::ostream& out, Reason reason) { return out << ReasonName(reason); }

}  // namespace comptoir
