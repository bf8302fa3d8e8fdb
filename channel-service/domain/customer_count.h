// How many customers the database holds, kept so that nobody counts.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_CUSTOMER_COUNT_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_CUSTOMER_COUNT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir::channel {

absl::StatusOr<uint64_t> ReadCustomerCount(const Reader& reader);
absl::Status AddToCustomerCount(Transaction& transaction, int64_t difference);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_CUSTOMER_COUNT_H_
