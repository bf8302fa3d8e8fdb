// The flags of hq-service.

#ifndef COMPTOIR_HQ_SERVICE_CONFIG_H_
#define COMPTOIR_HQ_SERVICE_CONFIG_H_

#include "absl/status/statusor.h"
#include "hq-service/process.h"

namespace comptoir::hq {

// Fails with one line that names each flag that is wrong, its value and what it must be.
absl::StatusOr<HqProcessOptions> OptionsFromFlags();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_CONFIG_H_
