// How far this service has read HQ's feeds: a cursor per membership. (Table cursors, key: job,
// book.)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CURSORS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CURSORS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/address_books.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir::channel {

// Memberships of one channel service.
inline constexpr size_t kMembershipsMax = 10'000;

// True for a book of customers or cards; not for that with the results of the service's own
// operations.
bool IsOfCustomers(const replication::v1::Membership& membership);

// In order of job and book.
absl::StatusOr<std::vector<replication::v1::Cursor>> ReadCursors(const Reader& reader);

// The books of customers that the service has a membership for.
absl::StatusOr<HeldBooks> ReadHeldBooks(const Reader& reader);

// Those in force, as HQ says: new ones begin at zero, others are dropped. What the service held of
// a lost book alone is swept away.
absl::Status ReconcileMemberships(Transaction& transaction,
                                  const std::vector<replication::v1::Membership>& memberships);

// No customers are read any more. (S9)
absl::Status DropCustomerMemberships(Transaction& transaction);

// Never back: an older position is passed over.
absl::Status AdvanceCursor(Transaction& transaction, const replication::v1::Cursor& cursor);

// Whether all books of customers that are held have been read to just here.
absl::StatusOr<bool> AreBooksReadTo(const Reader& reader, uint64_t sequence);

// The feed is read from the beginning again.
void ResetCursor(Transaction& transaction, const replication::v1::Membership& membership);

// The position rule: HQ's answer about a customer in these address books, or about an address of
// its, may be stored only if it was read later than what each membership that covers it has
// brought, for it could bring back what was just removed; and only if the service holds one of the
// books.
absl::StatusOr<bool> MayStoreAnswer(
    const Reader& reader, const replication::v1::Position& position,
    const google::protobuf::RepeatedPtrField<std::string>& address_books);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CURSORS_H_
