// What a channel service has a right to, and where its cursors stand. It receives the customers of
// the address books of all channels that it serves, with their loyalty cards and those that are
// nobody's; a channel that names none receives all. (V8)
//
// A book that is lost and gained anew is another membership, which is read from the beginning: so
// the ids are kept, for every channel service that ever subscribed.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MEMBERSHIPS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MEMBERSHIPS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/domain/feeds/feed_reader.h"

namespace comptoir::hq {

// Address books of all channels of one channel service; with more its stream is refused
// (OVERLOADED).
inline constexpr size_t kBooksPerServiceMax = 1000;

// The feeds of customers and cards that a service of these channels has a right to, in order. A
// channel that HQ doesn't know, or that is closed, gives none.
absl::StatusOr<std::vector<Feed>> CustomerFeedsOf(const Reader& reader,
                                                  const std::vector<std::string>& channels);

// Whether the memberships that are kept are those that the service has a right to.
absl::StatusOr<bool> AreInForce(const Reader& reader, std::string_view channel_service,
                                const std::vector<std::string>& channels);

// Keeps those that the service has a right to: new ones get a new id, lost ones go.
absl::Status ReconcileMemberships(Transaction& transaction, std::string_view channel_service,
                                  const std::vector<std::string>& channels);

// The memberships that are kept, each with the cursor that the hello names; from zero if it names
// none. The service's own book is the last. DIVERGED if HQ never gave one of the positions: its
// database was restored or replaced.
absl::StatusOr<std::vector<FeedCursor>> OpenCursors(const Reader& reader,
                                                    const v1::SubscribeHello& hello);

// Whether a reader with these cursors reads just these feeds of customers and cards.
bool ReadsFeeds(absl::Span<const FeedCursor> cursors, const std::vector<Feed>& feeds);

// True if no customer data may go to this channel service. (S9) By HQ's configuration, which it may
// not have read yet; one that has reads nothing of customers, whatever it is sent.
absl::StatusOr<bool> IsFiltered(const Reader& reader, const v1::SubscribeHello& hello);

replication::v1::Membership MembershipOf(const FeedCursor& cursor);
// Where it stands, as its reader is told.
replication::v1::Cursor CursorAt(const FeedCursor& cursor, Sequence after,
                                 const replication::v1::Epoch& epoch);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MEMBERSHIPS_H_
