#include "hq-service/domain/feeds/memberships.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/address_books.h"
#include "common/customer/configuration.h"
#include "common/customer/data_filter.h"
#include "common/storage/epochs.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/memberships.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/customer_place.h"

namespace comptoir::hq {
namespace {

using replication::v1::Membership;
using storage::v1::ServiceMemberships;

// Nobody loses configuration or its own book.
constexpr uint64_t kMembershipId = 1;

// The jobs that distribute customers and what belongs to them, each with the same books.
constexpr replication::v1::Job kJobsOfBooks[] = {replication::v1::JOB_1010_CUSTOMERS,
                                                 replication::v1::JOB_1050_LOYALTY};

std::string KeyOf(std::string_view channel_service) {
  return absl::StrCat("hq/memberships/", ToAbsl(channel_service));
}

absl::StatusOr<ServiceMemberships> ReadMemberships(const Reader& reader,
                                                   std::string_view channel_service) {
  return ReadRecordOrEmpty<ServiceMemberships>(reader, Table::kMeta, KeyOf(channel_service));
}

Feed FeedOf(const Membership& membership) { return {membership.job(), membership.book()}; }

std::optional<CustomerPlace> PlaceIn(const replication::v1::Cursor& cursor) {
  if (!cursor.has_place() || !IsPlace(cursor.place().after())) return std::nullopt;
  return CustomerPlace{.since = Sequence(cursor.place().since().sequence()),
                       .after = cursor.place().after()};
}

bool AreThese(const ServiceMemberships& kept, const std::vector<Feed>& feeds) {
  return std::equal(
      kept.memberships().begin(), kept.memberships().end(), feeds.begin(), feeds.end(),
      [](const Membership& membership, const Feed& feed) { return FeedOf(membership) == feed; });
}

}  // namespace

absl::StatusOr<bool> IsFiltered(const Reader& reader, const v1::SubscribeHello& hello) {
  const std::vector<std::string> channels(hello.channels().begin(), hello.channels().end());
  return IsCustomerDataFiltered(reader, channels);
}

Membership MembershipOf(const FeedCursor& cursor) {
  Membership membership;
  membership.set_job(cursor.feed.job);
  membership.set_book(cursor.feed.book);
  membership.set_id(cursor.membership_id);
  return membership;
}

replication::v1::Cursor CursorAt(const FeedCursor& cursor, Sequence after,
                                 const replication::v1::Epoch& epoch) {
  replication::v1::Cursor told;
  *told.mutable_membership() = MembershipOf(cursor);
  *told.mutable_position() = MakePosition(epoch, after);
  if (cursor.place.has_value()) {
    *told.mutable_place()->mutable_since() = MakePosition(epoch, cursor.place->since);
    told.mutable_place()->set_after(cursor.place->after);
  }
  return told;
}

absl::StatusOr<std::vector<Feed>> CustomerFeedsOf(const Reader& reader,
                                                  const std::vector<std::string>& channels) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsCustomerDataFiltered(reader, channels));
  if (filtered) return std::vector<Feed>();
  bool all = false;
  std::set<std::string> books;
  for (const std::string& number : channels) {
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto record,
        ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(number)));
    if (!record.has_value() || record->channel().retired()) continue;
    if (record->channel().address_books().empty()) all = true;
    for (const std::string& book : record->channel().address_books()) {
      books.emplace(IdInName(book));
    }
  }
  if (all) books.clear();
  if (books.size() > kBooksPerServiceMax) {
    return MakeError(Reason::kOverloaded, "More address books than one channel service may hold.");
  }
  std::vector<Feed> feeds;
  for (const replication::v1::Job job : kJobsOfBooks) {
    if (all) feeds.push_back({job, CustomerFeed().book});
    for (const std::string& book : books) feeds.push_back(AddressBookFeed(job, book));
  }
  // What is nobody's may become anybody's, in any store.
  if (!all && !books.empty()) feeds.push_back(AnonymousCardFeed());
  return feeds;
}

absl::StatusOr<bool> AreInForce(const Reader& reader, std::string_view channel_service,
                                const std::vector<std::string>& channels) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto kept, ReadMemberships(reader, channel_service));
  COMPTOIR_ASSIGN_OR_RETURN(const auto feeds, CustomerFeedsOf(reader, channels));
  return AreThese(kept, feeds);
}

absl::Status ReconcileMemberships(Transaction& transaction, std::string_view channel_service,
                                  const std::vector<std::string>& channels) {
  COMPTOIR_ASSIGN_OR_RETURN(ServiceMemberships kept, ReadMemberships(transaction, channel_service));
  COMPTOIR_ASSIGN_OR_RETURN(const auto feeds, CustomerFeedsOf(transaction, channels));
  if (AreThese(kept, feeds)) return absl::OkStatus();
  ServiceMemberships reconciled;
  reconciled.set_last_id(kept.last_id());
  for (const Feed& feed : feeds) {
    Membership& membership = *reconciled.add_memberships();
    const auto held = std::find_if(kept.memberships().begin(), kept.memberships().end(),
                                   [&](const Membership& other) { return FeedOf(other) == feed; });
    if (held != kept.memberships().end()) {
      membership = *held;
      continue;
    }
    reconciled.set_last_id(reconciled.last_id() + 1);
    membership.set_job(feed.job);
    membership.set_book(feed.book);
    membership.set_id(reconciled.last_id());
  }
  PutRecord(transaction, Table::kMeta, KeyOf(channel_service), reconciled);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FeedCursor>> OpenCursors(const Reader& reader,
                                                    const v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  // Also those of memberships that are no longer in force: any of them tells a divergence.
  for (const auto& cursor : hello.cursors()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool own, IsOwnPosition(reader, cursor.position(), last));
    COMPTOIR_ASSIGN_OR_RETURN(const bool own_place,
                              IsOwnPosition(reader, cursor.place().since(), last));
    if (!own || !own_place) {
      return MakeError(Reason::kDiverged, "HQ never gave this position.",
                       {{"book", cursor.membership().book()}});
    }
  }
  COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsFiltered(reader, hello));
  COMPTOIR_ASSIGN_OR_RETURN(const auto kept, ReadMemberships(reader, hello.channel_service()));
  std::vector<FeedCursor> cursors = {{.feed = ConfigurationFeed(replication::v1::JOB_1070_CHANNELS),
                                      .membership_id = kMembershipId},
                                     {.feed = ConfigurationFeed(replication::v1::JOB_1110_GLOBAL),
                                      .membership_id = kMembershipId}};
  if (!filtered) {
    for (const Membership& membership : kept.memberships()) {
      cursors.push_back({.feed = FeedOf(membership), .membership_id = membership.id()});
    }
  }
  cursors.push_back({.feed = ResultFeed(hello.channel_service()), .membership_id = kMembershipId});
  for (FeedCursor& opened : cursors) {
    opened.ids_only = filtered;
    for (const auto& cursor : hello.cursors()) {
      const Membership& membership = cursor.membership();
      if (FeedOf(membership) == opened.feed && membership.id() == opened.membership_id) {
        opened.after = Sequence(cursor.position().sequence());
        opened.place = PlaceIn(cursor);
      }
    }
  }
  KeepCommonPlace(cursors);
  return cursors;
}

bool ReadsFeeds(absl::Span<const FeedCursor> cursors, const std::vector<Feed>& feeds) {
  std::vector<Feed> read;
  for (const FeedCursor& cursor : cursors) {
    const bool of_customers = cursor.feed == CustomerFeed() ||
                              cursor.feed.job == replication::v1::JOB_1050_LOYALTY ||
                              AddressBookOf(cursor.feed.book).has_value();
    if (of_customers) read.push_back(cursor.feed);
  }
  return read == feeds;
}

}  // namespace comptoir::hq
