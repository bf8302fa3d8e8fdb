// What a create without HQ leaves behind: an operation for the outbox, and the records that it
// makes visible in the store until HQ's have come. The records follow from the operation alone, so
// a service that lost its database and reads its operations back shows the same.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_PENDING_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_PENDING_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {

struct PendingRecords {
  storage::v1::CustomerRecord customer;
  std::vector<storage::v1::AddressRecord> addresses;
};

replication::v1::Operation CreateOperation(PreparedCustomer prepared,
                                           std::string_view request_digest,
                                           const ChannelConfiguration& channel, absl::Time now);

// STORAGE_CORRUPT if the operation isn't a create, or names what isn't its own: HQ may have given
// it back.
absl::StatusOr<PendingRecords> RecordsOfCreate(replication::v1::Operation operation);

// Where a create has put its records.
struct PendingKeys {
  CustomerId customer;
  std::vector<AddressKey> addresses;
  std::string request_digest;
};
// STORAGE_CORRUPT as above. REQUIRES: the row is of a create.
absl::StatusOr<PendingKeys> KeysOfCreate(const OutboxRow& row);

// Those of a customer's unsettled creates, oldest first. A restored database may have several: the
// one that it lost and got back, and one that was made meanwhile.
absl::StatusOr<std::vector<PendingRecords>> RecordsOfUnsettledCreates(const Reader& reader,
                                                                      const CustomerId& id);

// Stores them where no record of HQ is. `customer` is what is stored now, as the caller has just
// read it in this transaction.
absl::Status PutPendingRecords(Transaction& transaction,
                               const std::optional<storage::v1::CustomerRecord>& customer,
                               const PendingRecords& records);
absl::Status PutPendingRecords(Transaction& transaction, const PendingRecords& records);

// A create that is new, with all that can be worked out of it before it is the command's turn.
struct PendingCreate {
  CustomerId id;
  std::vector<AddressKey> addresses;
  // Without its sequence, as bytes.
  std::string operation;
  RecordRows customer_rows;
  // In the order of `addresses`.
  std::vector<RecordRows> address_rows;
  // As its caller sees it, with its addresses.
  customer::v1::Customer view;
};
// Where it stays: to move a customer takes as long as to fill in a third of it.
absl::StatusOr<std::unique_ptr<PendingCreate>> NewPendingCreate(
    replication::v1::Operation operation, std::string_view language);

// Stores its records as PutPendingRecords() does. REQUIRES: the customer isn't there, as the caller
// has just read in this transaction.
absl::Status PutPendingCreate(Transaction& transaction, const PendingCreate& create);

// An address that HQ doesn't have, as far as is known here; HQ's isn't parsed.
absl::StatusOr<std::optional<storage::v1::AddressRecord>> FindOwnAddressRecord(
    const Reader& reader, const AddressKey& key);

// Removes those addresses of a create that still are the store's own, and of no other request.
absl::Status RemovePendingAddresses(Transaction& transaction, const PendingKeys& create);

// HQ discarded the customer's creation.
bool IsRejected(const storage::v1::CustomerRecord& record);

// A customer whom a store may change: CUSTOMER_NOT_FOUND, CUSTOMER_REJECTED.
absl::StatusOr<storage::v1::CustomerRecord> FindChangeable(const Reader& reader,
                                                           const CustomerId& id);

// Ids are kept as 16 bytes in operations, results and keys.
bool IsIdBytes(std::string_view bytes);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_PENDING_H_
