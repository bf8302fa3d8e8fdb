// What a channel service may no longer see goes: customers that have left its books, and all that
// it holds of a book that it has lost. In bounded steps, for a customer may have any number of
// addresses and a book any number of customers; what is left to do lies in the database. Nothing
// with unsettled operations goes before they are settled. (V8)
//
// Table meta: "channel/removal/", customer UUID: addresses of a removed customer are still there;
//   "channel/sweep": a book was lost, storage.v1.Sweep.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_REMOVAL_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_REMOVAL_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/address_books.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {

// Removes the customer with its loyalty cards, and of its addresses a few at once. REQUIRES: it has
// no unsettled operations.
absl::Status RemoveCustomerWithChildren(Transaction& transaction, const CustomerId& id,
                                        const storage::v1::CustomerRecord& record);

// HQ's customer isn't here; HQ's addresses and cards that came before it go. What the store has
// made itself under the same UUID and isn't settled stays.
absl::Status RemoveChildrenOf(Transaction& transaction, const CustomerId& id);

// A record of this customer has come: it may be seen, and HQ sends all of its addresses anew if the
// service had been told to remove it.
absl::Status KeepAddressesOf(Transaction& transaction, const CustomerId& id);

// Removes a customer of HQ's that is in none of the books held now, once none of its operations is
// left.
absl::Status RemoveIfNotHeld(Transaction& transaction, const CustomerId& id, const HeldBooks& held);

// The begin of the keys, in table meta, of customers whose addresses are still there.
std::string RemovalPrefix();

// A book was lost: everything is looked through, from the beginning.
void BeginSweep(Transaction& transaction);

// A sweep goes on only while all that HQ has of the books held has come. Before, a customer may be
// here as it was in other books, and addresses and cards are read before their customer if that one
// changed later: they would be taken for what must go, and don't come again. To be called with each
// batch, and when HQ says that there is nothing more.
absl::Status NoteHighWatermark(Transaction& transaction, uint64_t high_watermark);
// Whether a sweep waits for that.
absl::StatusOr<bool> IsSweepWaiting(const Reader& reader);

// Whether there is anything to do for RemovalStep().
absl::StatusOr<bool> IsRemovalLeft(const Reader& reader);

// One step: looks at so many records at most.
absl::Status RemovalStep(Transaction& transaction, size_t records_max);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_REMOVAL_H_
