// The store's own edits until HQ's final word on them has come: operations for the outbox, and
// their values on top of HQ's record, or of the store's own where HQ has none. Whenever HQ's record
// comes it replaces what is stored, and the unsettled edits are put back on top in the same
// transaction. (F5, P7)
//
// Who reads sees only records. A record that shows an unsettled edit says so (edit_pending).

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_EDITS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_EDITS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/field_changes.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {

// What edits of customers and of addresses have in common.
struct OwnEdit {
  Uuid request_id;
  std::string request_digest;
  ChannelConfiguration channel;
  absl::Time time;
};

replication::v1::Operation CustomerEditOperation(const OwnEdit& edit, const FieldChanges& changes,
                                                 const storage::v1::CustomerRecord& owner);
replication::v1::Operation AddressEditOperation(const OwnEdit& edit, const FieldChanges& changes,
                                                const storage::v1::CustomerRecord& owner,
                                                const AddressId& address);

// STORAGE_CORRUPT if an edit isn't what it says: HQ may have given it back.
absl::Status CheckOwnEdit(const replication::v1::Operation& operation);

// Puts the values of the customer's own unsettled edits on top of its record, as it is stored.
// Those of another customer that this store knew under the UUID have no part in it.
absl::Status ReplayOwnEdits(Transaction& transaction, const CustomerId& customer);

// The same of an address, and of what follows for the customer's primary address.
absl::Status ReplayOwnAddressEdits(Transaction& transaction, const AddressKey& key);

// The same of the customer and all addresses that it has unsettled edits of.
absl::Status ReplayAllOwnEdits(Transaction& transaction, const CustomerId& customer);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_EDITS_H_
