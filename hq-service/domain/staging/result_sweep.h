// Which results of a channel service's feed may go.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULT_SWEEP_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULT_SWEEP_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"

namespace comptoir::hq {

struct ResultSweep {
  // Keys in table feeds. A final result never changes: they may be deleted later.
  std::vector<std::string> final_results;
  // How far this step has looked.
  Sequence up_to;
};

// Looks at the next `rows_max` results after `from`, up to `acknowledged` included.
absl::StatusOr<ResultSweep> PlanResultSweep(const Reader& reader, std::string_view channel_service,
                                            Sequence from, Sequence acknowledged, size_t rows_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULT_SWEEP_H_
