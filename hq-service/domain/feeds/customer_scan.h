// All customers, with their addresses, for one who begins with nothing, in the order of their keys.
// By the feeds they would come in the order in which they were changed, each from another block of
// the table, which takes several times as long.
//
// Configuration comes before, and what of it is made meanwhile, from its feeds. Then a place in
// that order takes the place of the cursors of the customers' books, which stay at the beginning:
// so who doesn't know the place begins anew, and misses nothing. Each part is read as the customers
// are then; what is committed after the scan's beginning is in the feeds after it, and comes again
// or is taken back from there. What had left a book before then, or followed its customer, is told
// at the end: the reader may have held it before it was made to read everything again. Loyalty
// cards and results come afterwards, from their feeds. Where a job publishes customers or cards by
// and by, all is read by the feeds, which have them as they were published.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_

#include <cstddef>
#include <string_view>
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

// All customers, or those of an address book.
bool IsBookOfCustomers(const Feed& feed);
// Null if none is. What a place says of one it says of all.
const FeedCursor* FirstBookOfCustomers(absl::Span<const FeedCursor> cursors);

// Nothing of customers and cards has been read yet, but for what a place says.
bool BeginsWithNothing(absl::Span<const FeedCursor> cursors);

// Whether this can be a CustomerPlace's `after`.
bool IsPlace(std::string_view after);
// One scan serves all books: leaves no place unless all of them have the same.
void KeepCommonPlace(std::vector<FeedCursor>& cursors);

// As ReadFeeds(). REQUIRES: BeginsWithNothing().
absl::StatusOr<std::vector<FeedBatch>> ReadFromNothing(const Reader& reader,
                                                       absl::Span<const FeedCursor> cursors,
                                                       const FeedReading& reading,
                                                       size_t bytes_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_SCAN_H_
