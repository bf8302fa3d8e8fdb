#include "hq-service/domain/memberships.h"

#include <string>

#include "common/base/status.h"
#include "common/customer/data_filter.h"
#include "common/storage/epochs.h"

namespace comptoir::hq {
namespace {

// There is one book, which nobody loses yet.
constexpr uint64_t kMembershipId = 1;

}  // namespace

absl::StatusOr<bool> IsFiltered(const Reader& reader, const v1::SubscribeHello& hello) {
  const std::vector<std::string> channels(hello.channels().begin(), hello.channels().end());
  return IsCustomerDataFiltered(reader, channels);
}

replication::v1::Membership MembershipOf(const FeedCursor& cursor) {
  replication::v1::Membership membership;
  membership.set_job(cursor.feed.job);
  membership.set_book(cursor.feed.book);
  membership.set_id(cursor.membership_id);
  return membership;
}

absl::StatusOr<std::vector<FeedCursor>> OpenCursors(const Reader& reader,
                                                    const v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  // Also those of memberships that are no longer in force: any of them tells a divergence.
  for (const auto& cursor : hello.cursors()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool own, IsOwnPosition(reader, cursor.position(), last));
    if (!own) {
      return MakeError(Reason::kDiverged, "HQ never gave this position.",
                       {{"book", cursor.membership().book()}});
    }
  }
  COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsFiltered(reader, hello));
  std::vector<FeedCursor> cursors;
  for (const Feed& feed : {ConfigurationFeed(replication::v1::JOB_1070_CHANNELS),
                           ConfigurationFeed(replication::v1::JOB_1110_GLOBAL), CustomerFeed(),
                           ResultFeed(hello.channel_service())}) {
    if (filtered && feed.book == CustomerFeed().book && feed.job == CustomerFeed().job) continue;
    FeedCursor opened{.feed = feed, .membership_id = kMembershipId, .ids_only = filtered};
    for (const auto& cursor : hello.cursors()) {
      const auto& membership = cursor.membership();
      if (membership.job() == feed.job && membership.book() == feed.book &&
          membership.id() == kMembershipId) {
        opened.after = Sequence(cursor.position().sequence());
      }
    }
    cursors.push_back(opened);
  }
  return cursors;
}

}  // namespace comptoir::hq
