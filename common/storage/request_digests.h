// The request log (request_log.h) where no customer data may be kept: what it holds of requests is
// a digest of what people said.

#ifndef COMPTOIR_COMMON_STORAGE_REQUEST_DIGESTS_H_
#define COMPTOIR_COMMON_STORAGE_REQUEST_DIGESTS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir {

// Forgets those outcomes that hold a digest of their request, among the next `rows_max` rows from
// `next` (empty: the first) on, and moves `next` behind them. False when there were none.
absl::StatusOr<bool> ForgetRequestsWithDigest(Transaction& transaction, std::string& next,
                                              size_t rows_max);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_REQUEST_DIGESTS_H_
