// The store's own addresses until HQ's records of them have come: an operation for the outbox, and
// on top of HQ's customer a record that makes it visible. Record and operation are one thing twice,
// so a service that lost its database and reads its operations back shows the same. (A9)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_ADDRESSES_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_ADDRESSES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {

// An address of `owner` as an operation.
replication::v1::Operation AddressOperation(const PreparedAddress& prepared,
                                            std::string_view request_digest,
                                            const storage::v1::CustomerRecord& owner,
                                            const ChannelConfiguration& channel, absl::Time now);

struct OwnAddress {
  replication::v1::Operation operation;
  AddressKey key;
};

// STORAGE_CORRUPT if the operation isn't what it says: HQ may have given it back.
absl::StatusOr<OwnAddress> OwnAddressOf(const replication::v1::Operation& operation);

struct StoredOwnAddress {
  storage::v1::CustomerRecord customer;
  storage::v1::AddressRecord address;
};

// Stores the address, of which nothing is stored yet, and makes it primary if it asks for that or
// is the only one. `owner` is the customer as it is stored.
absl::StatusOr<StoredOwnAddress> PutOwnAddress(Transaction& transaction, const OwnAddress& own,
                                               const storage::v1::CustomerRecord& owner);

// Puts what the store's unsettled addresses make of the customer back on top of its record, and
// what its unsettled edits of addresses, which are on top of those already, make of the primary
// one. Those of another customer that this store knew under the UUID go.
absl::Status ReplayOwnAddresses(Transaction& transaction, const CustomerId& customer);

// The same where HQ's record of the customer has just been stored; `unsettled` are its operations.
absl::Status ReplayOnHqCustomer(Transaction& transaction, const CustomerId& customer,
                                const std::vector<OutboxRow>& unsettled);

// The begin of the keys, in table index, of customers that have one of the store's own.
std::string HqPrimaryPrefix();
// HQ's primary address of a customer, if one of the store's own stands in its place.
absl::StatusOr<std::optional<std::string>> FindHqPrimary(const Reader& reader,
                                                         const CustomerId& customer);

// The store's own address that was made by this request is settled, or HQ's record has taken its
// place: what it had put there goes. One that was made under the same UUID since stays.
absl::Status EndOwnAddress(Transaction& transaction, const AddressKey& key,
                           std::string_view request_digest);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OWN_ADDRESSES_H_
