// What is sent of a customer's records, and to whom: the record as it is published, if the reader
// holds one of the customer's books as they are published; its removal if not. Never nothing: a
// reader that misses a removal keeps what it may not see. (V8)
//
// A loyalty card is published by another job than its customer. A reader that gets its customer
// with the next run may have the card before, for it may hold the customer by HQ's answer; when the
// run comes, the card is sent again. Of a card that isn't published at all nothing is sent: who
// has it has it by HQ's answer. (Y2)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/customer/address_books.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

// That of a key in table records.
replication::v1::RecordKind KindOf(std::string_view record_key);

// The books of customers among the feeds that somebody reads.
void AddHeld(const Feed& feed, HeldBooks& held);

// Of a loyalty card; customers and addresses: see published_records.h. `entered_at` is the position
// of the entry that says so.
absl::StatusOr<std::optional<replication::v1::RecordChange>> CardForReader(
    const Reader& reader, std::string_view record_key, Sequence entered_at, const HeldBooks& held);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_PUBLISHED_H_
