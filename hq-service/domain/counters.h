// Numbers that HQ shows and that nobody should count: kept with what they count.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_COUNTERS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_COUNTERS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir::hq {

struct Counters {
  int64_t customers = 0;
  // Staged operations; of these, kept for a person.
  int64_t staged = 0;
  int64_t refused = 0;
};

absl::StatusOr<Counters> ReadCounters(const Reader& reader);
absl::Status AddToCounters(Transaction& transaction, const Counters& difference);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_COUNTERS_H_
