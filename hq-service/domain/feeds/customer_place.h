// What cursors say of one who begins with nothing: while it reads the customers in the order of
// their keys (customer_scan.h), a place in that order takes the place of the cursors of their
// books, which stay at the beginning.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_PLACE_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_PLACE_H_

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "hq-service/domain/feeds/feed_reader.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

// Begins a place after the last customer: entries that have moved, by the key of their rows.
inline constexpr char kAtMovedEntries = '\0';

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

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_PLACE_H_
