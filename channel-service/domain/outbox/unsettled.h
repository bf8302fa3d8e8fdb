// The unsettled operations of this service, as people and as HQ are told of them. (P8)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_UNSETTLED_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_UNSETTLED_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/storage/database.h"
#include "comptoir/channel/v1/status_service.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

// Pages of 1 to 1,000 operations, default 100; INVALID_FIELDS, INVALID_PAGE_TOKEN.
absl::StatusOr<channel::v1::ListUnsettledOperationsResponse> ListUnsettledOperations(
    const Reader& reader, const channel::v1::ListUnsettledOperationsRequest& request);

// Those that HQ has acknowledged, from after `key` (empty: from the first), at most
// `operations_max`; `next_key` is where to go on, or empty after the last.
struct AcknowledgedOperations {
  std::vector<hq::v1::UnsettledOperation> operations;
  std::string next_key;
};
absl::StatusOr<AcknowledgedOperations> ReadAcknowledgedOperations(const Reader& reader,
                                                                  const std::string& key,
                                                                  size_t operations_max);

// Finds when the oldest was captured. What settles is deleted, and who looks from the first key
// walks over all of that while a backlog comes home: so it goes on where it found the oldest last.
// Thread-safe.
class OldestUnsettled {
 public:
  // InfiniteFuture if there is none.
  absl::StatusOr<absl::Time> CaptureTime(const Reader& reader) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  // Of this lineage all up to the sequence are settled, and stay so: new ones come behind, and what
  // is put back has keys of its own.
  uint64_t lineage_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t settled_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_UNSETTLED_H_
