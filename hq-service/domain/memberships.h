// What a channel service has a right to, and where its cursors stand.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_MEMBERSHIPS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_MEMBERSHIPS_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/domain/feed_reader.h"

namespace comptoir::hq {

// The memberships in force, each with the cursor that the hello names; from zero if it names none.
// DIVERGED if HQ never gave one of the positions: its database was restored or replaced.
absl::StatusOr<std::vector<FeedCursor>> OpenCursors(const Reader& reader,
                                                    const v1::SubscribeHello& hello);

// True if no customer data may go to this channel service. (S9) By HQ's configuration, which it may
// not have read yet; one that has reads nothing of customers, whatever it is sent.
absl::StatusOr<bool> IsFiltered(const Reader& reader, const v1::SubscribeHello& hello);

replication::v1::Membership MembershipOf(const FeedCursor& cursor);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_MEMBERSHIPS_H_
