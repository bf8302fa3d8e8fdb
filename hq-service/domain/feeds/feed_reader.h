// HQ's feeds, the reading side: the memberships of one channel service merged into batches. Pure:
// all of it is read from one snapshot.
//
// Whole sequences only: what was committed at one position, over all memberships, is in one batch.
// A record is sent as it is now, or its removal, never nothing; of a job with a watermark, as it
// was published. What is in address books is looked at by all memberships: see published.h. Jobs
// are published each by itself, so one position may come in parts, job by job.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_READER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_READER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

struct FeedCursor {
  Feed feed;
  uint64_t membership_id = 1;
  // Everything up to here has been read.
  Sequence after;
  // Results carry only UUIDs, state and reason: no customer data may go to the reader. (S9)
  bool ids_only = false;
};

struct FeedLimits {
  // A batch ends at whichever comes first; a single sequence may exceed both.
  size_t batch_bytes_max = 8 << 10;
  size_t batch_changes_max = 1000;
};

struct FeedBatch {
  std::vector<replication::v1::Change> changes;
  // Where each cursor, in their order, stands after this batch.
  std::vector<Sequence> after;
  // Nothing is left to read.
  bool at_end = false;
};

// What comes next. `lineage` is the reader's: an operation of another one that isn't final travels
// whole, for the reader may not hold it.
absl::StatusOr<FeedBatch> ReadFeeds(const Reader& reader, absl::Span<const FeedCursor> cursors,
                                    uint64_t lineage, const FeedLimits& limits);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_READER_H_
