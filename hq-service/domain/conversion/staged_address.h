// A staged address as the record that it will become.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_ADDRESS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_ADDRESS_H_

#include "absl/status/statusor.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"

namespace comptoir::hq {

// Checks the address again and derives what follows from it. What was filled in from the customer
// and the channel was filled in at capture and isn't again. (A5, A6, F9)
absl::StatusOr<PreparedAddress> PrepareStagedAddress(const Reader& reader,
                                                     const replication::v1::Operation& operation);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_ADDRESS_H_
