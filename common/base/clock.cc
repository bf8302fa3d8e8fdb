#include "common/base/clock.h"

#include "absl/time/clock.h"

namespace comptoir {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace comptoir
