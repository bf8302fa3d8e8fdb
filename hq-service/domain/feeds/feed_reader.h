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
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/position.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

// How far one who began with nothing has read the customers in the order of their keys: see
// customer_scan.h.
struct CustomerPlace {
  // Where the feeds are read from afterwards.
  Sequence since;
  // What was read last; empty: nothing.
  std::string after;
  friend bool operator==(const CustomerPlace&, const CustomerPlace&) = default;
};

struct FeedCursor {
  Feed feed;
  uint64_t membership_id = 1;
  // Everything up to here has been read.
  Sequence after;
  // Results carry only UUIDs, state and reason: no customer data may go to the reader. (S9)
  bool ids_only = false;
  // Of a book of customers that is read from the beginning.
  std::optional<CustomerPlace> place = std::nullopt;
};

// How a reader reads.
struct FeedReading {
  // The reader's: an operation of another one that isn't final travels whole, for the reader may
  // not hold it.
  uint64_t lineage = 0;
  // HQ's, for the positions that the reader is told.
  replication::v1::Epoch epoch;
  // A batch ends at whichever comes first; a single sequence may exceed both.
  size_t batch_bytes_max = 8 << 10;
  size_t batch_changes_max = 1000;
};

struct FeedBatch {
  // A comptoir.hq.v1.ChangeBatch without its number.
  std::shared_ptr<const std::string> encoded;
  size_t changes = 0;
  // Some of them are results.
  bool results = false;
  // Where each cursor, in their order, stands after this batch.
  std::vector<Sequence> after;
  // And those of books of customers.
  std::optional<CustomerPlace> place = std::nullopt;
  // All feeds have been read up to here, or as far as they are published.
  Sequence read;
  // HQ's last commit.
  Sequence high_watermark;
  // Nothing is left to read.
  bool at_end = false;
};

// What comes next, as batches: those that `bytes_max` bytes, begun, give; at least one. Reading
// several together costs less.
absl::StatusOr<std::vector<FeedBatch>> ReadFeeds(const Reader& reader,
                                                 absl::Span<const FeedCursor> cursors,
                                                 const FeedReading& reading, size_t bytes_max);

// What has to be known of a feed whose reader shares all others with somebody.
struct FeedLook {
  bool empty = false;
  // Up to here it was looked at: HQ's last commit, or as far as it is published.
  Sequence up_to;
  Sequence high_watermark;
};
absl::StatusOr<FeedLook> LookAtFeed(const Reader& reader, const FeedCursor& cursor);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_READER_H_
