// How far the feeds of a job are published. A continuous job has no watermark: all that is
// committed is published. Of any other one readers get nothing past its watermark, which its runs
// advance. (P3)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_WATERMARKS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_WATERMARKS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::hq {

// Nothing: all is published.
absl::StatusOr<std::optional<Sequence>> WatermarkOf(const Reader& reader, replication::v1::Job job);
void SetWatermark(Transaction& transaction, replication::v1::Job job,
                  std::optional<Sequence> watermark);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_WATERMARKS_H_
