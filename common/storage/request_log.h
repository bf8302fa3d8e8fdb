// What mutations came to, by request id, so that a repeated one returns its outcome and has no
// second effect. Outcome, ids and version only, never the reply: that would be personal data.
// Creates need no entry: their request id is the record's key.

#ifndef COMPTOIR_COMMON_STORAGE_REQUEST_LOG_H_
#define COMPTOIR_COMMON_STORAGE_REQUEST_LOG_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/uuid.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// How long an outcome is remembered at least.
inline constexpr absl::Duration kRequestOutcomeAgeMin = absl::Hours(24 * 30);

// REQUEST_ID_REUSED, with the id as `request_id`.
absl::Status RequestIdReused(const Uuid& request_id);

// The outcome of an earlier request with this id, if any. REQUEST_ID_REUSED if that one had another
// digest.
absl::StatusOr<std::optional<storage::v1::RequestOutcome>> FindRequest(
    const Reader& reader, const Uuid& request_id, std::string_view request_digest);

// Which of these requests are remembered, whatever their content.
absl::StatusOr<std::vector<bool>> AreRequestsKnown(const Reader& reader,
                                                   absl::Span<const Uuid> request_ids);

void RememberRequest(Transaction& transaction, const Uuid& request_id,
                     const storage::v1::RequestOutcome& outcome);

// Forgets up to `rows_max` outcomes older than kRequestOutcomeAgeMin; returns how many. Called from
// background work.
absl::StatusOr<size_t> ForgetOldRequests(Transaction& transaction, absl::Time now, size_t rows_max);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_REQUEST_LOG_H_
