// A customer's entries in the feeds of its address books, and those of what belongs to it: its
// children, which carry no books, but follow their customer. (V8)
//
// Loyalty cards are children too. Their job tells what becomes of a card, that of customers what
// becomes of its customer's books, and neither waits for the other: so a card has an entry for its
// customer's books in the feeds of both. (Y2)
//
// A customer that joins or leaves a book has its own entry moved at once, however many children it
// has; these follow in bounded steps (FollowCustomers). Until then they travel by the books in
// which they are; who sends them looks at the customer's books as they are now.
//
// Table feeds: 2 (2 bytes), customer UUID, address book: its children follow into the book, or out
// of it; value: the key of the last record that did.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_FEEDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_FEEDS_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

// Moves a customer's entries to `sequence`, in the books that it leaves too. `old` is what is
// stored now; nothing for a new customer. REQUIRES: the customer isn't changed yet.
absl::Status MoveCustomerEntries(Transaction& transaction, const CustomerId& id,
                                 const std::optional<storage::v1::CustomerRecord>& old,
                                 const storage::v1::CustomerRecord& changed, Sequence sequence);

// Moves the entries of a child of `customer` to `sequence`. `old_version` is the child's until now;
// 0: it is new. REQUIRES: the child isn't changed yet; the customer's books don't change with it.
absl::Status MoveChildEntries(Transaction& transaction, const CustomerId& id,
                              const storage::v1::CustomerRecord& customer,
                              std::string_view record_key, uint64_t old_version, Sequence sequence);

// Those of a loyalty card that is `record` from now on, likewise; `old` is what is stored now.
absl::Status MoveCardEntries(Transaction& transaction,
                             const std::optional<storage::v1::LoyaltyCardRecord>& old,
                             const storage::v1::LoyaltyCardRecord& record, Sequence sequence);

// Whether children have still to follow their customers.
absl::StatusOr<bool> CustomersToFollow(const Reader& reader);

// One step: at most so many children follow their customer, at a position of their own. What is
// left to do is found again at any time.
absl::Status FollowCustomers(Transaction& transaction, size_t children_max);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_FEEDS_H_
