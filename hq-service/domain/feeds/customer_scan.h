// All customers, with their addresses, for one who begins with nothing, in the order of their keys.
// By the feeds they would come in the order in which they were changed, each from another block of
// the table, which takes several times as long. When it is read so: read_from_nothing.h.
//
// Each part is read as the customers are then; what is committed after the scan's beginning is in
// the feeds after it, and comes again or is taken back from there. What had left a book before
// then, or followed its customer, is told at the end: the reader may have held it before it was
// made to read everything again.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "hq-service/domain/feeds/feed_reader.h"

namespace comptoir::hq {

// Where of so many customers, the first ones, less than one in so many is for the reader, its books
// are read by their feeds.
inline constexpr size_t kScannedCustomersMin = 1000;
inline constexpr size_t kScannedPerToldMax = 8;

// A row that is looked at and not told takes as long as so many bytes of those that are; a turn has
// as many as its bytes.
inline constexpr size_t kPassedRowBytes = 50;

// Whether enough of the first customers are for who reads these.
absl::StatusOr<bool> IsWorthScanning(const Reader& reader, absl::Span<const FeedCursor> cursors);

// What comes after the place, as ReadFeeds(); the batch after which nothing does leaves no place.
// REQUIRES: BeginsWithNothing().
absl::StatusOr<std::vector<FeedBatch>> ScanCustomers(const Reader& reader,
                                                     absl::Span<const FeedCursor> cursors,
                                                     const FeedReading& reading,
                                                     CustomerPlace place, size_t bytes_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_
