// A channel's operations that are not settled. (P7)
//
// Table outbox holds the operations of the present lineage under their sequence, without gaps after
// the last one that HQ has acknowledged, and after them those that HQ gave back to a service which
// had lost them ("put back": under the lineage and sequence that HQ knows them by; they are never
// uploaded). Table index finds both by customer. A settled operation is removed, but for one that
// is still to be uploaded: it stays, marked, until it is acknowledged, for sequences go up without
// gaps.
//
// Functions that take a Transaction read first and then write.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {

// Tags in table index; those of customers are below 0x80.
enum class OutboxIndexTag : uint8_t {
  kCustomer = 0x80,  // customer, key in table outbox: value empty
  kMarked = 0x81,    // sequence: settled, but still to be acknowledged
  // customer: value is HQ's primary address, where one of the store's own stands in its place
  kHqPrimary = 0x82,
};

// An entry and where it lies.
struct OutboxItem {
  std::string key;
  storage::v1::OutboxEntry entry;
};

// The same as bytes, of which only what settles an operation is read: it is sent as it is stored,
// without being parsed, and a create is settled by its ids and the names in it.
class OutboxRow {
 public:
  // STORAGE_CORRUPT if `entry` isn't one.
  static absl::StatusOr<OutboxRow> Read(std::string key, std::string entry);

  const std::string& key() const { return key_; }
  uint64_t sequence() const { return sequence_; }
  std::string_view customer_id() const { return customer_id_; }
  std::string_view request_id() const { return request_id_; }
  std::string_view request_digest() const { return request_digest_; }
  // Empty of a create.
  std::string_view customer_digest() const { return customer_digest_; }
  replication::v1::OperationState state() const { return state_; }
  replication::v1::Operation::KindCase kind() const { return kind_; }
  // What it captured, or how it is changed: a message of its kind.
  std::string_view content() const { return content_; }
  // The whole operation.
  std::string_view operation() const { return operation_; }

  // All of it.
  absl::StatusOr<OutboxItem> Parse() const;

 private:
  OutboxRow() = default;

  std::string key_;
  // What the others are views of, wherever this object is moved.
  std::unique_ptr<const std::string> entry_;
  std::string_view operation_;
  uint64_t sequence_ = 0;
  std::string_view customer_id_;
  std::string_view request_id_;
  std::string_view request_digest_;
  std::string_view customer_digest_;
  replication::v1::OperationState state_ = replication::v1::OPERATION_STATE_UNSPECIFIED;
  replication::v1::Operation::KindCase kind_ = replication::v1::Operation::KIND_NOT_SET;
  std::string_view content_;
};

absl::StatusOr<storage::v1::OutboxState> ReadOutboxState(const Reader& reader);
// Its key in table meta.
std::string OutboxStateKey();
void PutOutboxState(Transaction& transaction, const storage::v1::OutboxState& state);

// OUTBOX_FULL if it holds as many operations as it may.
absl::Status CheckRoom(const storage::v1::OutboxState& state, uint64_t operations_max);

// Appends an operation of the present lineage and gives it its sequence. `state` is as read in this
// transaction, and is stored again.
absl::Status AppendOperation(Transaction& transaction, storage::v1::OutboxState& state,
                             replication::v1::Operation operation);

// The same of a create that is bytes already, without its sequence. Only writes.
void AppendEncodedCreate(Transaction& transaction, storage::v1::OutboxState& state,
                         std::string_view customer_id, std::string_view operation);

// Keeps an operation that HQ holds and this service had lost. `state` likewise.
absl::Status PutBackOperation(Transaction& transaction, storage::v1::OutboxState& state,
                              const replication::v1::OperationResult& result);

// The operations after `after`, in order, until one of the limits is reached, but at least one if
// there is any.
absl::StatusOr<std::vector<OutboxRow>> ReadOperations(const Reader& reader, uint64_t after,
                                                      size_t operations_max, size_t bytes_max);

// HQ holds everything up to `sequence` of this lineage; of another lineage, or lower than before,
// it is no news.
absl::Status AcknowledgeUpTo(Transaction& transaction, uint64_t lineage, uint64_t sequence);
// The same; `state` is as read in this transaction, and is stored again.
absl::Status AcknowledgeUpTo(Transaction& transaction, storage::v1::OutboxState& state,
                             uint64_t lineage, uint64_t sequence);

// The entry that a result of HQ is about: the one under its key if that is of the same request,
// else another one of the same request, content included.
absl::StatusOr<std::optional<OutboxRow>> FindOperation(
    const Reader& reader, const storage::v1::OutboxState& state,
    const replication::v1::OperationResult& result);

// Where the result's lineage and sequence say that the entry is.
std::string KeyOfResult(const storage::v1::OutboxState& state,
                        const replication::v1::OperationResult& result);

// True if the result speaks of an operation of our lineage that we never made: then our database
// isn't the one that made it. `known` is what FindOperation() found.
absl::StatusOr<bool> IsForeign(const Reader& reader, const storage::v1::OutboxState& state,
                               const replication::v1::OperationResult& result,
                               const std::optional<OutboxRow>& known);

// Unsettled operations of a customer, in order: those of former lineages first.
absl::StatusOr<std::vector<OutboxItem>> OperationsOfCustomer(const Reader& reader,
                                                             const CustomerId& customer);

// The same without looking into what they captured.
absl::StatusOr<std::vector<OutboxRow>> RowsOfCustomer(const Reader& reader,
                                                      const CustomerId& customer);

// True if it is known that what isn't settled are creates of the present lineage, each of another
// customer: as a backlog is, mostly. Then a customer has no other operation than the create that it
// came from, and needn't be searched for.
absl::StatusOr<bool> HoldsSingleCreates(const Reader& reader);
// What that is read from, in table meta.
std::string OtherOperationsKey();
// The outbox is empty. What an earlier version left in it wasn't counted.
absl::Status BeginCountingOthers(Transaction& transaction);
// A run has begun. What another version did meanwhile wasn't counted either.
absl::Status GoOnCountingOthers(Transaction& transaction);
// It isn't known any more, until the outbox is empty.
void StopCountingOthers(Transaction& transaction);

// Stores an entry whose state, reason or fields changed.
void PutOutboxItem(Transaction& transaction, const OutboxItem& item);

// HQ's final result for the entry is here. `state` is as read in this transaction, and is stored
// again.
absl::Status SettleOperation(Transaction& transaction, storage::v1::OutboxState& state,
                             const OutboxRow& row, replication::v1::OperationState final_state);

// Visits unsettled operations in order, from after `key` (empty: from the first), until `visit`
// returns false.
absl::Status VisitUnsettled(const Reader& reader, std::string_view key,
                            absl::FunctionRef<bool(const OutboxItem& item)> visit);

// All of them.
absl::StatusOr<std::vector<OutboxRow>> UnsettledRows(const Reader& reader);

// True if HQ has acknowledged it: all those put back, and those of this lineage up to what it has.
bool IsAcknowledged(const storage::v1::OutboxState& state, std::string_view key, uint64_t sequence);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_H_
