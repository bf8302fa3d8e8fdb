#include "hq-service/domain/feeds/customer_place.h"

#include <algorithm>
#include <cstddef>

#include "common/base/uuid.h"
#include "common/customer/address_books.h"
#include "hq-service/domain/feeds/published.h"

namespace comptoir::hq {
namespace {

using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;

constexpr size_t kCustomerKeyBytes = 1 + Uuid::kBytes;
constexpr size_t kAddressKeyBytes = 1 + 2 * Uuid::kBytes;
constexpr size_t kPlaceBytesMax = 1 << 10;

}  // namespace

bool IsBookOfCustomers(const Feed& feed) {
  return feed.job == CustomerFeed().job &&
         (feed == CustomerFeed() || AddressBookOf(feed.book).has_value());
}

const FeedCursor* FirstBookOfCustomers(absl::Span<const FeedCursor> cursors) {
  const auto first = std::find_if(cursors.begin(), cursors.end(), [](const FeedCursor& cursor) {
    return IsBookOfCustomers(cursor.feed);
  });
  return first == cursors.end() ? nullptr : &*first;
}

bool BeginsWithNothing(absl::Span<const FeedCursor> cursors) {
  if (FirstBookOfCustomers(cursors) == nullptr) return false;
  return std::all_of(cursors.begin(), cursors.end(), [](const FeedCursor& cursor) {
    const bool counts = IsBookOfCustomers(cursor.feed) || cursor.feed.job == LoyaltyCardFeed().job;
    return !counts || cursor.after == Sequence();
  });
}

bool IsPlace(std::string_view after) {
  if (after.empty()) return true;
  if (after.front() == kAtMovedEntries) return after.size() <= kPlaceBytesMax;
  return (KindOf(after) == RECORD_KIND_CUSTOMER && after.size() == kCustomerKeyBytes) ||
         (KindOf(after) == RECORD_KIND_ADDRESS && after.size() == kAddressKeyBytes);
}

void KeepCommonPlace(std::vector<FeedCursor>& cursors) {
  const FeedCursor* const first = FirstBookOfCustomers(cursors);
  if (first == nullptr) return;
  const auto place = first->place;
  const bool common = BeginsWithNothing(cursors) &&
                      std::all_of(cursors.begin(), cursors.end(), [&](const FeedCursor& cursor) {
                        return !IsBookOfCustomers(cursor.feed) || cursor.place == place;
                      });
  for (FeedCursor& cursor : cursors) {
    if (!common || !IsBookOfCustomers(cursor.feed)) cursor.place.reset();
  }
}

}  // namespace comptoir::hq
