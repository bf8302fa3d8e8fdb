#include "common/base/backoff.h"

#include <algorithm>

#include "common/base/check.h"

namespace comptoir {

Backoff::Backoff(Random& random, BackoffOptions options)
    : random_(random), options_(options), limit_(options.initial) {
  COMPTOIR_CHECK(options_.initial > absl::ZeroDuration());
  COMPTOIR_CHECK(options_.initial <= options_.max);
  COMPTOIR_CHECK(options_.growth >= 1);
}

absl::Duration Backoff::Next() {
  const absl::Duration delay = limit_ * (0.5 + random_.Fraction() / 2);
  limit_ = std::min(limit_ * options_.growth, options_.max);
  return delay;
}

}  // namespace comptoir
