#include "channel-service/domain/outbox/outbox.h"

#include <algorithm>
#include <utility>

#include "channel-service/domain/outbox/outbox_keys.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/storage/key_codec.h"
#include "common/storage/message_fields.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using replication::v1::OperationState;
using storage::v1::OutboxEntry;
using storage::v1::OutboxState;

constexpr std::string_view kStateKey = "outbox";
constexpr size_t kScanRowsMax = 1000;

absl::Status CorruptOutbox() {
  return MakeError(Reason::kStorageCorrupt, "The outbox cannot be read.");
}

absl::StatusOr<std::optional<OutboxItem>> FindItem(const Reader& reader, std::string key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto entry, ReadRecord<OutboxEntry>(reader, Table::kOutbox, key));
  if (!entry.has_value()) return std::nullopt;
  return OutboxItem{.key = std::move(key), .entry = *std::move(entry)};
}

// Visits entries from key `begin` on, whatever their state, until `visit` returns false.
absl::Status VisitEntries(const Reader& reader, std::string begin, std::string_view end,
                          absl::FunctionRef<bool(OutboxItem item)> visit) {
  bool more = true;
  while (more) {
    size_t rows = 0;
    std::string last;
    const KeyRange range{.begin = begin, .end = std::string(end), .rows_max = kScanRowsMax};
    COMPTOIR_RETURN_IF_ERROR(ScanRecords<OutboxEntry>(
        reader, Table::kOutbox, range, [&](std::string_view key, OutboxEntry entry) {
          ++rows;
          last = std::string(key);
          more = visit({.key = last, .entry = std::move(entry)});
          return more;
        }));
    more = more && rows == kScanRowsMax;
    begin = last + '\0';
  }
  return absl::OkStatus();
}

void PutNewEntry(Transaction& transaction, const std::string& key, std::string_view customer_id,
                 std::string_view entry) {
  transaction.Put(Table::kOutbox, key, entry);
  transaction.Put(Table::kIndex, CustomerIndexKey(customer_id, key), "");
}

// The same request id with other content is another operation. HQ didn't say the digest of what it
// had settled before it learned to.
bool IsOf(const OperationResult& result, const Operation& operation) {
  if (result.request_id() != operation.request_id()) return false;
  return result.request_digest().empty() || result.request_digest() == operation.request_digest();
}

}  // namespace

absl::StatusOr<OutboxState> ReadOutboxState(const Reader& reader) {
  return ReadRecordOrEmpty<OutboxState>(reader, Table::kMeta, kStateKey);
}

void PutOutboxState(Transaction& transaction, const OutboxState& state) {
  PutRecord(transaction, Table::kMeta, kStateKey, state);
}

absl::Status CheckRoom(const OutboxState& state, uint64_t operations_max) {
  if (state.depth() < operations_max) return absl::OkStatus();
  return MakeError(Reason::kOutboxFull, "The outbox holds as many operations as it may.",
                   {{"operations_max", std::to_string(operations_max)}});
}

void AppendOperation(Transaction& transaction, OutboxState& state, Operation operation) {
  operation.clear_sequence();
  AppendEncoded(transaction, state, operation.customer_id(), SerializeDeterministically(operation));
}

void AppendEncoded(Transaction& transaction, OutboxState& state, std::string_view customer_id,
                   std::string_view operation) {
  state.set_last_sequence(state.last_sequence() + 1);
  state.set_depth(state.depth() + 1);
  std::string sequence;
  AppendField(Operation::kSequenceFieldNumber, state.last_sequence(), sequence);
  std::string entry;
  AppendFieldHead(OutboxEntry::kOperationFieldNumber, sequence.size() + operation.size(), entry);
  entry += sequence;
  entry += operation;
  AppendField(OutboxEntry::kStateFieldNumber, replication::v1::OPERATION_STATE_QUEUED, entry);
  PutNewEntry(transaction, OwnKey(state.last_sequence()), customer_id, entry);
  PutOutboxState(transaction, state);
}

absl::Status PutBackOperation(Transaction& transaction, const OperationResult& result) {
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  OutboxEntry entry;
  *entry.mutable_operation() = result.operation();
  entry.mutable_operation()->set_sequence(result.sequence());
  entry.set_state(result.state());
  entry.set_reason(result.reason());
  *entry.mutable_fields() = result.fields();
  PutNewEntry(transaction, PutBackKey(result.lineage(), result.sequence()),
              entry.operation().customer_id(), SerializeDeterministically(entry));
  state.set_depth(state.depth() + 1);
  PutOutboxState(transaction, state);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Operation>> ReadOperations(const Reader& reader, uint64_t after,
                                                      size_t operations_max, size_t bytes_max) {
  std::vector<Operation> operations;
  size_t bytes = 0;
  COMPTOIR_RETURN_IF_ERROR(
      VisitEntries(reader, OwnKey(after + 1), PutBackPrefix(), [&](OutboxItem item) {
        bytes += item.entry.operation().ByteSizeLong();
        if (!operations.empty() && bytes > bytes_max) return false;
        operations.push_back(std::move(*item.entry.mutable_operation()));
        return operations.size() < operations_max;
      }));
  return operations;
}

absl::Status AcknowledgeUpTo(Transaction& transaction, uint64_t lineage, uint64_t sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  const bool news = lineage == state.lineage() && sequence > state.acknowledged_sequence() &&
                    sequence <= state.last_sequence();
  if (!news) return absl::OkStatus();
  std::vector<OutboxItem> marked;
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<uint64_t> sequences,
                            MarkedUpTo(transaction, sequence));
  for (const uint64_t each : sequences) {
    COMPTOIR_ASSIGN_OR_RETURN(auto item, FindItem(transaction, OwnKey(each)));
    if (!item.has_value()) return CorruptOutbox();
    marked.push_back(*std::move(item));
  }
  for (const OutboxItem& item : marked) {
    transaction.Delete(Table::kOutbox, item.key);
    transaction.Delete(Table::kIndex,
                       CustomerIndexKey(item.entry.operation().customer_id(), item.key));
    transaction.Delete(Table::kIndex, MarkedKey(item.entry.operation().sequence()));
  }
  state.set_acknowledged_sequence(sequence);
  PutOutboxState(transaction, state);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<OutboxItem>> FindOperation(const Reader& reader,
                                                        const OperationResult& result) {
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxState state, ReadOutboxState(reader));
  COMPTOIR_ASSIGN_OR_RETURN(auto exact, FindItem(reader, KeyOfResult(state, result)));
  if (exact.has_value() && IsOf(result, exact->entry.operation())) return exact;
  // Without it any operation of the request would do.
  if (result.request_digest().empty()) return std::nullopt;
  // The request id of a create is its customer's here, whichever UUID it has at HQ by now.
  for (const std::string& customer : {result.customer_id(), result.request_id()}) {
    COMPTOIR_ASSIGN_OR_RETURN(std::vector<OutboxItem> items,
                              OperationsOfCustomer(reader, CustomerId::FromBytes(customer)));
    for (OutboxItem& item : items) {
      if (IsOf(result, item.entry.operation())) return std::move(item);
    }
  }
  return std::nullopt;
}

std::string KeyOfResult(const OutboxState& state, const OperationResult& result) {
  return result.lineage() == state.lineage() ? OwnKey(result.sequence())
                                             : PutBackKey(result.lineage(), result.sequence());
}

absl::StatusOr<bool> IsForeign(const Reader& reader, const OperationResult& result,
                               const std::optional<OutboxItem>& known) {
  if (known.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxState state, ReadOutboxState(reader));
  if (result.lineage() != state.lineage()) return false;
  if (result.sequence() > state.last_sequence()) return true;
  // Nothing is there if it was settled.
  COMPTOIR_ASSIGN_OR_RETURN(const auto other, FindItem(reader, OwnKey(result.sequence())));
  return other.has_value();
}

namespace {

// Of rows in table outbox, settled ones that are still to be acknowledged included.
absl::StatusOr<std::vector<std::string>> KeysOfCustomer(const Reader& reader,
                                                        const CustomerId& customer) {
  std::vector<std::string> keys;
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxState state, ReadOutboxState(reader));
  if (state.depth() == 0) return keys;
  const std::string prefix = CustomerIndexKey(customer.bytes(), "");
  COMPTOIR_RETURN_IF_ERROR(
      ScanKeys(reader, Table::kIndex, PrefixRange(prefix), [&](std::string_view key) {
        keys.emplace_back(key.substr(prefix.size()));
        return true;
      }));
  // What was put back was done before all that was done since.
  std::stable_partition(keys.begin(), keys.end(), IsPutBack);
  return keys;
}

// False for what isn't an entry.
bool ReadKind(std::string_view entry, OutboxKind& kind, OperationState& state) {
  return VisitFields(entry, [&](const MessageField& field) {
    if (field.id == OutboxEntry::kStateFieldNumber) {
      state = static_cast<OperationState>(field.number);
    }
    if (field.id != OutboxEntry::kOperationFieldNumber) return true;
    return VisitFields(field.bytes, [&](const MessageField& of_operation) {
      switch (of_operation.id) {
        case Operation::kRequestDigestFieldNumber:
          kind.request_digest = of_operation.bytes;
          break;
        case Operation::kCreateCustomer:
        case Operation::kCreateAddress:
        case Operation::kEditCustomer:
        case Operation::kEditAddress:
          kind.kind = static_cast<Operation::KindCase>(of_operation.id);
          break;
        default:
          break;
      }
      return true;
    });
  });
}

}  // namespace

absl::StatusOr<std::vector<OutboxItem>> OperationsOfCustomer(const Reader& reader,
                                                             const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto keys, KeysOfCustomer(reader, customer));
  std::vector<OutboxItem> items;
  for (const std::string& key : keys) {
    COMPTOIR_ASSIGN_OR_RETURN(OutboxItem item, ReadItem(reader, key));
    if (!IsFinal(item.entry.state())) items.push_back(std::move(item));
  }
  return items;
}

absl::StatusOr<std::vector<OutboxKind>> KindsOfCustomer(const Reader& reader,
                                                        const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(auto keys, KeysOfCustomer(reader, customer));
  std::vector<OutboxKind> kinds;
  for (std::string& key : keys) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto entry, reader.Get(Table::kOutbox, key));
    OutboxKind kind{.key = std::move(key), .kind = Operation::KIND_NOT_SET};
    OperationState state = replication::v1::OPERATION_STATE_UNSPECIFIED;
    if (!entry.has_value() || !ReadKind(*entry, kind, state)) return CorruptOutbox();
    if (!IsFinal(state)) kinds.push_back(std::move(kind));
  }
  return kinds;
}

absl::StatusOr<OutboxItem> ReadItem(const Reader& reader, const std::string& key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto item, FindItem(reader, key));
  if (!item.has_value()) return CorruptOutbox();
  return *std::move(item);
}

void PutOutboxItem(Transaction& transaction, const OutboxItem& item) {
  PutRecord(transaction, Table::kOutbox, item.key, item.entry);
}

absl::Status SettleOperation(Transaction& transaction, const OutboxItem& item,
                             OperationState final_state) {
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  if (IsAcknowledged(state, item)) {
    transaction.Delete(Table::kOutbox, item.key);
    transaction.Delete(Table::kIndex,
                       CustomerIndexKey(item.entry.operation().customer_id(), item.key));
  } else {
    OutboxItem marked = item;
    marked.entry.set_state(final_state);
    PutOutboxItem(transaction, marked);
    transaction.Put(Table::kIndex, MarkedKey(item.entry.operation().sequence()), "");
  }
  state.set_depth(state.depth() == 0 ? 0 : state.depth() - 1);
  PutOutboxState(transaction, state);
  return absl::OkStatus();
}

absl::Status VisitUnsettled(const Reader& reader, std::string_view key,
                            absl::FunctionRef<bool(const OutboxItem& item)> visit) {
  std::string begin = key.empty() ? std::string() : std::string(key) + '\0';
  return VisitEntries(reader, std::move(begin), "", [&](const OutboxItem& item) {
    return IsFinal(item.entry.state()) || visit(item);
  });
}

bool IsAcknowledged(const OutboxState& state, const OutboxItem& item) {
  return IsPutBack(item.key) || item.entry.operation().sequence() <= state.acknowledged_sequence();
}

}  // namespace comptoir::channel
