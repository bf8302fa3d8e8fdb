#include "channel-service/domain/outbox/outbox.h"

#include <algorithm>
#include <utility>

#include "channel-service/domain/outbox/outbox_keys.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/storage/epochs.h"
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
// How many unsettled operations are others than creates of the present lineage, or nothing: it
// isn't known. What an earlier version left was never counted.
constexpr std::string_view kOthersKey = "outbox-others";
constexpr size_t kScanRowsMax = 1000;

absl::Status CorruptOutbox() {
  return MakeError(Reason::kStorageCorrupt, "The outbox cannot be read.");
}

absl::StatusOr<std::optional<OutboxRow>> FindRow(const Reader& reader, std::string key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto entry, reader.Get(Table::kOutbox, key));
  if (!entry.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(OutboxRow row, OutboxRow::Read(std::move(key), *std::move(entry)));
  return row;
}

// Visits entries from key `begin` on, whatever their state, until `visit` returns false.
absl::Status VisitRows(const Reader& reader, std::string begin, std::string_view end,
                       absl::FunctionRef<absl::StatusOr<bool>(OutboxRow row)> visit) {
  bool more = true;
  while (more) {
    size_t rows = 0;
    std::string last;
    const KeyRange range{.begin = begin, .end = std::string(end), .rows_max = kScanRowsMax};
    COMPTOIR_RETURN_IF_ERROR(ScanRows(
        reader, Table::kOutbox, range,
        [&](std::string_view key, std::string_view entry) -> absl::StatusOr<bool> {
          ++rows;
          last = std::string(key);
          COMPTOIR_ASSIGN_OR_RETURN(OutboxRow row, OutboxRow::Read(last, std::string(entry)));
          COMPTOIR_ASSIGN_OR_RETURN(more, visit(std::move(row)));
          return more;
        }));
    more = more && rows == kScanRowsMax;
    begin = last + '\0';
  }
  return absl::OkStatus();
}

// How many unsettled operations are others than creates of the present lineage, and the epoch in
// which they were last counted: a program that didn't count them may have run since.
struct Others {
  uint64_t count = 0;
  uint64_t epoch_counter = 0;
};

// Nothing: it isn't known.
absl::StatusOr<std::optional<Others>> ReadOthers(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kOthersKey));
  if (!value.has_value()) return std::nullopt;
  KeyReader parts(*value);
  const auto count = parts.Fixed64();
  const auto epoch_counter = parts.Fixed64();
  if (!parts.AtEnd()) return CorruptOutbox();
  return Others{*count, *epoch_counter};
}

void PutOthers(Transaction& transaction, const Others& others) {
  transaction.Put(Table::kMeta, kOthersKey,
                  KeyWriter().Fixed64(others.count).Fixed64(others.epoch_counter).key());
}

absl::Status AddOther(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(auto others, ReadOthers(transaction));
  if (!others.has_value()) return absl::OkStatus();
  ++others->count;
  PutOthers(transaction, *others);
  return absl::OkStatus();
}

absl::Status SubtractOther(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(auto others, ReadOthers(transaction));
  if (!others.has_value()) return absl::OkStatus();
  if (others->count == 0) {
    // One that wasn't counted: so it isn't known how many there are.
    StopCountingOthers(transaction);
    return absl::OkStatus();
  }
  --others->count;
  PutOthers(transaction, *others);
  return absl::OkStatus();
}

void PutNewEntry(Transaction& transaction, const std::string& key, std::string_view customer_id,
                 std::string_view entry) {
  transaction.Put(Table::kOutbox, key, entry);
  transaction.Put(Table::kIndex, CustomerIndexKey(customer_id, key), "");
}

void Append(Transaction& transaction, OutboxState& state, std::string_view customer_id,
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

// The same request id with other content is another operation, and so is the same request to
// another customer. HQ didn't say the digests before it learned to.
bool IsOf(const OperationResult& result, const OutboxRow& row) {
  const auto is = [](std::string_view said, std::string_view own) {
    return said.empty() || said == own;
  };
  return result.request_id() == row.request_id() &&
         is(result.request_digest(), row.request_digest()) &&
         is(result.customer_digest(), row.customer_digest());
}

}  // namespace

absl::StatusOr<OutboxRow> OutboxRow::Read(std::string key, std::string entry) {
  OutboxRow row;
  row.key_ = std::move(key);
  row.entry_ = std::make_unique<const std::string>(std::move(entry));
  bool readable = VisitFields(*row.entry_, [&](const MessageField& field) {
    if (field.id == OutboxEntry::kOperationFieldNumber) row.operation_ = field.bytes;
    if (field.id == OutboxEntry::kStateFieldNumber) {
      row.state_ = static_cast<OperationState>(field.number);
    }
    return true;
  });
  readable = readable && VisitFields(row.operation_, [&](const MessageField& field) {
               switch (field.id) {
                 case Operation::kSequenceFieldNumber:
                   row.sequence_ = field.number;
                   break;
                 case Operation::kCustomerIdFieldNumber:
                   row.customer_id_ = field.bytes;
                   break;
                 case Operation::kRequestIdFieldNumber:
                   row.request_id_ = field.bytes;
                   break;
                 case Operation::kRequestDigestFieldNumber:
                   row.request_digest_ = field.bytes;
                   break;
                 case Operation::kCustomerDigestFieldNumber:
                   row.customer_digest_ = field.bytes;
                   break;
                 case Operation::kCreateCustomer:
                 case Operation::kCreateAddress:
                 case Operation::kEditCustomer:
                 case Operation::kEditAddress:
                   row.kind_ = static_cast<Operation::KindCase>(field.id);
                   row.content_ = field.bytes;
                   break;
                 default:
                   break;
               }
               return true;
             });
  if (!readable) return CorruptOutbox();
  return row;
}

absl::StatusOr<OutboxItem> OutboxRow::Parse() const {
  OutboxItem item{.key = key_};
  COMPTOIR_ASSIGN_OR_RETURN(item.entry, ParseRecord<OutboxEntry>(*entry_));
  return item;
}

absl::StatusOr<OutboxState> ReadOutboxState(const Reader& reader) {
  return ReadRecordOrEmpty<OutboxState>(reader, Table::kMeta, kStateKey);
}

std::string OutboxStateKey() { return std::string(kStateKey); }

void PutOutboxState(Transaction& transaction, const OutboxState& state) {
  PutRecord(transaction, Table::kMeta, kStateKey, state);
}

absl::Status CheckRoom(const OutboxState& state, uint64_t operations_max) {
  if (state.depth() < operations_max) return absl::OkStatus();
  return MakeError(Reason::kOutboxFull, "The outbox holds as many operations as it may.",
                   {{"operations_max", std::to_string(operations_max)}});
}

absl::Status AppendOperation(Transaction& transaction, OutboxState& state, Operation operation) {
  if (!operation.has_create_customer()) COMPTOIR_RETURN_IF_ERROR(AddOther(transaction));
  operation.clear_sequence();
  Append(transaction, state, operation.customer_id(), SerializeDeterministically(operation));
  return absl::OkStatus();
}

void AppendEncodedCreate(Transaction& transaction, OutboxState& state, std::string_view customer_id,
                         std::string_view operation) {
  Append(transaction, state, customer_id, operation);
}

absl::Status PutBackOperation(Transaction& transaction, OutboxState& state,
                              const OperationResult& result) {
  COMPTOIR_RETURN_IF_ERROR(AddOther(transaction));
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

absl::StatusOr<std::vector<OutboxRow>> ReadOperations(const Reader& reader, uint64_t after,
                                                      size_t operations_max, size_t bytes_max) {
  std::vector<OutboxRow> operations;
  size_t bytes = 0;
  COMPTOIR_RETURN_IF_ERROR(
      VisitRows(reader, OwnKey(after + 1), PutBackPrefix(), [&](OutboxRow row) {
        bytes += row.operation().size();
        if (!operations.empty() && bytes > bytes_max) return false;
        operations.push_back(std::move(row));
        return operations.size() < operations_max;
      }));
  return operations;
}

absl::Status AcknowledgeUpTo(Transaction& transaction, uint64_t lineage, uint64_t sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  return AcknowledgeUpTo(transaction, state, lineage, sequence);
}

absl::Status AcknowledgeUpTo(Transaction& transaction, OutboxState& state, uint64_t lineage,
                             uint64_t sequence) {
  const bool news = lineage == state.lineage() && sequence > state.acknowledged_sequence() &&
                    sequence <= state.last_sequence();
  if (!news) return absl::OkStatus();
  std::vector<OutboxRow> marked;
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<uint64_t> sequences,
                            MarkedUpTo(transaction, sequence));
  for (const uint64_t each : sequences) {
    COMPTOIR_ASSIGN_OR_RETURN(auto row, FindRow(transaction, OwnKey(each)));
    if (!row.has_value()) return CorruptOutbox();
    marked.push_back(*std::move(row));
  }
  for (const OutboxRow& row : marked) {
    transaction.Delete(Table::kOutbox, row.key());
    transaction.Delete(Table::kIndex, CustomerIndexKey(row.customer_id(), row.key()));
    transaction.Delete(Table::kIndex, MarkedKey(row.sequence()));
  }
  state.set_acknowledged_sequence(sequence);
  PutOutboxState(transaction, state);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<OutboxRow>> FindOperation(const Reader& reader,
                                                       const OutboxState& state,
                                                       const OperationResult& result) {
  COMPTOIR_ASSIGN_OR_RETURN(auto exact, FindRow(reader, KeyOfResult(state, result)));
  if (exact.has_value() && IsOf(result, *exact)) return exact;
  // Without it any operation of the request would do.
  if (result.request_digest().empty()) return std::nullopt;
  // The request id of a create is its customer's here, whichever UUID it has at HQ by now.
  for (const std::string& customer : {result.customer_id(), result.request_id()}) {
    COMPTOIR_ASSIGN_OR_RETURN(std::vector<OutboxRow> rows,
                              RowsOfCustomer(reader, CustomerId::FromBytes(customer)));
    for (OutboxRow& row : rows) {
      if (IsOf(result, row)) return std::move(row);
    }
  }
  return std::nullopt;
}

std::string KeyOfResult(const OutboxState& state, const OperationResult& result) {
  return result.lineage() == state.lineage() ? OwnKey(result.sequence())
                                             : PutBackKey(result.lineage(), result.sequence());
}

absl::StatusOr<bool> IsForeign(const Reader& reader, const OutboxState& state,
                               const OperationResult& result,
                               const std::optional<OutboxRow>& known) {
  if (known.has_value()) return false;
  if (result.lineage() != state.lineage()) return false;
  if (result.sequence() > state.last_sequence()) return true;
  // Nothing is there if it was settled.
  COMPTOIR_ASSIGN_OR_RETURN(const auto other,
                            reader.Get(Table::kOutbox, OwnKey(result.sequence())));
  return other.has_value();
}

namespace {

// Whether there is no unsettled operation, of whomever.
absl::StatusOr<bool> IsEmpty(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, reader.Get(Table::kMeta, kStateKey));
  uint64_t depth = 0;
  const bool readable = !state.has_value() || VisitFields(*state, [&](const MessageField& field) {
    if (field.id == OutboxState::kDepthFieldNumber) depth = field.number;
    return true;
  });
  if (!readable) return CorruptOutbox();
  return depth == 0;
}

// Of rows in table outbox, settled ones that are still to be acknowledged included.
absl::StatusOr<std::vector<std::string>> KeysOfCustomer(const Reader& reader,
                                                        const CustomerId& customer) {
  std::vector<std::string> keys;
  COMPTOIR_ASSIGN_OR_RETURN(const bool empty, IsEmpty(reader));
  if (empty) return keys;
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

}  // namespace

absl::StatusOr<std::vector<OutboxRow>> RowsOfCustomer(const Reader& reader,
                                                      const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(auto keys, KeysOfCustomer(reader, customer));
  std::vector<OutboxRow> rows;
  for (std::string& key : keys) {
    COMPTOIR_ASSIGN_OR_RETURN(auto row, FindRow(reader, std::move(key)));
    if (!row.has_value()) return CorruptOutbox();
    if (!IsFinal(row->state())) rows.push_back(*std::move(row));
  }
  return rows;
}

absl::StatusOr<std::vector<OutboxItem>> OperationsOfCustomer(const Reader& reader,
                                                             const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, RowsOfCustomer(reader, customer));
  std::vector<OutboxItem> items;
  for (const OutboxRow& row : rows) {
    COMPTOIR_ASSIGN_OR_RETURN(items.emplace_back(), row.Parse());
  }
  return items;
}

absl::StatusOr<bool> HoldsSingleCreates(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto others, ReadOthers(reader));
  return others.has_value() && others->count == 0;
}

std::string OtherOperationsKey() { return std::string(kOthersKey); }

absl::Status BeginCountingOthers(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch, CurrentEpoch(transaction));
  PutOthers(transaction, {.epoch_counter = epoch.counter()});
  return absl::OkStatus();
}

absl::Status GoOnCountingOthers(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(auto others, ReadOthers(transaction));
  if (!others.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch, CurrentEpoch(transaction));
  if (++others->epoch_counter == epoch.counter()) {
    PutOthers(transaction, *others);
  } else {
    StopCountingOthers(transaction);
  }
  return absl::OkStatus();
}

void StopCountingOthers(Transaction& transaction) { transaction.Delete(Table::kMeta, kOthersKey); }

void PutOutboxItem(Transaction& transaction, const OutboxItem& item) {
  PutRecord(transaction, Table::kOutbox, item.key, item.entry);
}

absl::Status SettleOperation(Transaction& transaction, OutboxState& state, const OutboxRow& row,
                             OperationState final_state) {
  if (IsAcknowledged(state, row.key(), row.sequence())) {
    transaction.Delete(Table::kOutbox, row.key());
    transaction.Delete(Table::kIndex, CustomerIndexKey(row.customer_id(), row.key()));
  } else {
    COMPTOIR_ASSIGN_OR_RETURN(OutboxItem marked, row.Parse());
    marked.entry.set_state(final_state);
    PutOutboxItem(transaction, marked);
    transaction.Put(Table::kIndex, MarkedKey(row.sequence()), "");
  }
  state.set_depth(state.depth() == 0 ? 0 : state.depth() - 1);
  PutOutboxState(transaction, state);
  if (row.kind() != Operation::kCreateCustomer || IsPutBack(row.key())) {
    COMPTOIR_RETURN_IF_ERROR(SubtractOther(transaction));
  }
  if (state.depth() > 0) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const bool known, HoldsSingleCreates(transaction));
  return known ? absl::OkStatus() : BeginCountingOthers(transaction);
}

absl::Status VisitUnsettled(const Reader& reader, std::string_view key,
                            absl::FunctionRef<bool(const OutboxItem& item)> visit) {
  std::string begin = key.empty() ? std::string() : std::string(key) + '\0';
  return VisitRows(reader, std::move(begin), "", [&](const OutboxRow& row) -> absl::StatusOr<bool> {
    if (IsFinal(row.state())) return true;
    COMPTOIR_ASSIGN_OR_RETURN(const OutboxItem item, row.Parse());
    return visit(item);
  });
}

absl::StatusOr<std::vector<OutboxRow>> UnsettledRows(const Reader& reader) {
  std::vector<OutboxRow> rows;
  COMPTOIR_RETURN_IF_ERROR(VisitRows(reader, "", "", [&](OutboxRow row) {
    if (!IsFinal(row.state())) rows.push_back(std::move(row));
    return true;
  }));
  return rows;
}

bool IsAcknowledged(const OutboxState& state, std::string_view key, uint64_t sequence) {
  return IsPutBack(key) || sequence <= state.acknowledged_sequence();
}

}  // namespace comptoir::channel
