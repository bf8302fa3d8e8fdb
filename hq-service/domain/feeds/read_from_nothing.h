// The reading of one who begins with nothing: configuration, then all customers of its books in the
// order of their keys (customer_scan.h), and then its feeds.
//
// What of configuration is made meanwhile comes first, from its feeds. A place in the order of keys
// takes the place of the cursors of the customers' books, which stay at the beginning: so who
// doesn't know the place begins anew, and misses nothing. Loyalty cards and results come
// afterwards, from their feeds. Where a job publishes customers or cards by and by, all is read by
// the feeds, which have them as they were published; and where few customers are for the reader.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_READ_FROM_NOTHING_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_READ_FROM_NOTHING_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "hq-service/domain/feeds/feed_reader.h"

namespace comptoir::hq {

// As ReadFeeds(). REQUIRES: BeginsWithNothing().
absl::StatusOr<std::vector<FeedBatch>> ReadFromNothing(const Reader& reader,
                                                       absl::Span<const FeedCursor> cursors,
                                                       const FeedReading& reading,
                                                       size_t bytes_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_READ_FROM_NOTHING_H_
