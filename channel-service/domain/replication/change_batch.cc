#include "channel-service/domain/replication/change_batch.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/hq_record.h"
#include "channel-service/domain/replication/offers.h"
#include "channel-service/domain/replication/read_ahead.h"
#include "channel-service/domain/replication/removal.h"
#include "channel-service/domain/replication/settle.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/records/apply_change.h"

namespace comptoir::channel {

using replication::v1::Change;
using replication::v1::OperationResult;
using replication::v1::RecordChange;
using storage::v1::OutboxState;

absl::StatusOr<CheckedBatch> CheckBatch(hq::v1::ChangeBatch batch) {
  CheckedBatch checked;
  checked.batch_ = std::make_unique<hq::v1::ChangeBatch>(std::move(batch));
  checked.arena_ = std::make_unique<google::protobuf::Arena>();
  ChangeParser parser(*checked.arena_);
  checked.changes_.reserve(static_cast<size_t>(checked->changes_size()));
  for (const Change& change : checked->changes()) {
    std::vector<ParsedChange>& records =
        checked.changes_.emplace_back(CheckedBatch::Change{.change = &change}).records;
    const auto parse = [&](const RecordChange& record) -> absl::Status {
      COMPTOIR_ASSIGN_OR_RETURN(const ParsedChange parsed, parser.Parse(record));
      records.push_back(parsed);
      return absl::OkStatus();
    };
    if (change.has_record()) COMPTOIR_RETURN_IF_ERROR(parse(change.record()));
    if (!change.has_result()) continue;
    COMPTOIR_RETURN_IF_ERROR(CheckResult(change.result()));
    for (const RecordChange& record : change.result().records()) {
      COMPTOIR_RETURN_IF_ERROR(parse(record));
    }
  }
  return checked;
}

namespace {

// A result as it may come to a database that keeps no customers: UUIDs, state and reason. (S9) It
// doesn't tell another create with the same UUID from ours, so it counts only for the operation
// whose place in the outbox it names.
absl::Status ApplyBareResult(Transaction& transaction, OperationResult result,
                             const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto row, FindOperation(transaction, state, result));
  if (!row.has_value() || row->key() != KeyOfResult(state, result)) return absl::OkStatus();
  result.clear_operation();
  return ApplyResult(transaction, result, {}, held, state, std::move(row));
}

// The operations that the results of one batch are about, each looked for once.
class OperationsOfResults {
 public:
  // DIVERGED if one is about an operation that this database never made.
  static absl::StatusOr<OperationsOfResults> Find(const Reader& reader,
                                                  const hq::v1::ChangeBatch& batch) {
    OperationsOfResults operations;
    COMPTOIR_ASSIGN_OR_RETURN(operations.state_, ReadOutboxState(reader));
    for (const Change& change : batch.changes()) {
      if (!change.has_result()) continue;
      COMPTOIR_RETURN_IF_ERROR(operations.Find(reader, change.result()));
    }
    return operations;
  }

  // HQ cannot speak of what it doesn't hold, nor hold a later one without those before.
  absl::Status Acknowledge(Transaction& transaction) {
    return AcknowledgeUpTo(transaction, state_, state_.lineage(), last_);
  }

  // The outbox's, as it is stored.
  OutboxState& state() { return state_; }

  // That of the next result of the batch. One that is settled, or that an earlier result of the
  // batch was about, is looked for again: it may be gone, and another be there.
  absl::StatusOr<std::optional<OutboxRow>> Next(const Reader& reader,
                                                const OperationResult& result) {
    std::optional<OutboxRow> row = std::move(found_[next_++]);
    const bool first = seen_.insert(result.request_id()).second;
    if (first && row.has_value() && !IsFinal(row->state())) return row;
    return FindOperation(reader, state_, result);
  }

 private:
  absl::Status Find(const Reader& reader, const OperationResult& result) {
    COMPTOIR_ASSIGN_OR_RETURN(auto row, FindOperation(reader, state_, result));
    COMPTOIR_ASSIGN_OR_RETURN(const bool foreign, IsForeign(reader, state_, result, row));
    if (foreign) {
      return MakeError(Reason::kDiverged, "HQ holds operations that this database never made.");
    }
    const bool own = row.has_value() && result.lineage() == state_.lineage() &&
                     row->key() == KeyOfResult(state_, result);
    const bool settles = own && IsFinal(result.state());
    if (settles) last_ = std::max(last_, result.sequence());
    // Now, while nothing is written: a row that cannot be read is to refuse the batch.
    if (row.has_value() && !IsFinal(row->state())) {
      const bool create = row->kind() == replication::v1::Operation::kCreateCustomer;
      COMPTOIR_RETURN_IF_ERROR(settles && create ? KeysOfCreate(*row).status()
                                                 : row->Parse().status());
    }
    found_.push_back(std::move(row));
    return absl::OkStatus();
  }

  OutboxState state_;
  // By result.
  std::vector<std::optional<OutboxRow>> found_;
  size_t next_ = 0;
  std::set<std::string> seen_;
  // Of those of this lineage that are settled now, the last.
  uint64_t last_ = 0;
};

// HQ leaves customers out as soon as its own configuration says so; whatever it sends, none is
// read, nor does a cursor pass over it.
absl::Status ApplyFiltered(Transaction& transaction, const CheckedBatch& batch) {
  COMPTOIR_ASSIGN_OR_RETURN(const HeldBooks held, ReadHeldBooks(transaction));
  for (const auto& [change, records] : batch.changes()) {
    if (change->has_result()) {
      COMPTOIR_RETURN_IF_ERROR(ApplyBareResult(transaction, change->result(), held));
    } else if (change->has_record() && !IsOfCustomers(change->membership())) {
      COMPTOIR_RETURN_IF_ERROR(MakeWayForConfiguration(transaction, change->record()));
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, records.front()));
    }
  }
  for (const replication::v1::Cursor& cursor : batch->cursors()) {
    if (IsOfCustomers(cursor.membership())) continue;
    COMPTOIR_RETURN_IF_ERROR(AdvanceCursor(transaction, cursor));
  }
  return RemoveLostConfiguration(transaction);
}

absl::Status KeepNumbersOf(Transaction& transaction, const CheckedBatch& batch) {
  std::vector<std::string_view> numbers;
  for (const CheckedBatch::Change& change : batch.changes()) {
    for (const ParsedChange& record : change.records) numbers.push_back(AccountNumberOf(record));
  }
  return KeepNumbers(transaction, numbers);
}

// Operations that settle together were captured one after the other, mostly.
absl::Status ReadOperationsAt(ReadAhead& ahead, std::vector<std::string> keys) {
  if (keys.empty()) return absl::OkStatus();
  const auto [first, last] = std::minmax_element(keys.begin(), keys.end());
  const KeyRange all{.begin = *first, .end = *last + '\0', .rows_max = 2 * keys.size()};
  COMPTOIR_ASSIGN_OR_RETURN(const bool few, ahead.ReadRange(Table::kOutbox, all));
  return few ? absl::OkStatus() : ahead.ReadRows(Table::kOutbox, std::move(keys));
}

// What the batch is about, and of what there is mostly none.
absl::Status ReadWhatItNeeds(ReadAhead& ahead, const CheckedBatch& batch) {
  // Fewer are read as fast one by one.
  constexpr size_t kChangesMin = 8;
  // More is rare.
  constexpr size_t kRowsMax = 1000;
  if (batch.changes().size() < kChangesMin) return absl::OkStatus();
  // Looked at for each operation.
  COMPTOIR_RETURN_IF_ERROR(ahead.ReadRows(Table::kMeta, {OutboxStateKey(), OtherOperationsKey()}));
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxState state, ReadOutboxState(ahead));
  std::vector<std::string> records;
  std::vector<std::string> operations;
  for (const auto& [change, parsed] : batch.changes()) {
    for (const ParsedChange& record : parsed) records.push_back(RecordKeyOf(*record));
    if (change->has_result()) operations.push_back(KeyOfResult(state, change->result()));
  }
  COMPTOIR_RETURN_IF_ERROR(ahead.ReadRows(Table::kRecords, std::move(records)));
  COMPTOIR_RETURN_IF_ERROR(ReadOperationsAt(ahead, std::move(operations)));
  COMPTOIR_RETURN_IF_ERROR(
      ahead.ReadRange(Table::kCursors, KeyRange{.rows_max = kRowsMax}).status());
  COMPTOIR_RETURN_IF_ERROR(
      ahead.ReadRange(Table::kMeta, PrefixRange(RemovalPrefix(), kRowsMax)).status());
  return ahead.ReadRange(Table::kIndex, PrefixRange(HqPrimaryPrefix(), kRowsMax)).status();
}

absl::Status ApplyChecked(Transaction& transaction, const CheckedBatch& batch) {
  COMPTOIR_ASSIGN_OR_RETURN(auto operations, OperationsOfResults::Find(transaction, *batch));
  // A record that had changed again by then comes at its later place, which a restored HQ has lost,
  // and not where this reads now.
  if (batch->high_watermark().epoch_id() != 0) {
    COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, batch->high_watermark()));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  if (filter.filtered()) return ApplyFiltered(transaction, batch);
  COMPTOIR_RETURN_IF_ERROR(operations.Acknowledge(transaction));
  COMPTOIR_RETURN_IF_ERROR(KeepNumbersOf(transaction, batch));
  COMPTOIR_ASSIGN_OR_RETURN(const HeldBooks held, ReadHeldBooks(transaction));
  for (const auto& [change, records] : batch.changes()) {
    if (change->has_record()) {
      COMPTOIR_RETURN_IF_ERROR(MakeWayForConfiguration(transaction, change->record()));
      COMPTOIR_RETURN_IF_ERROR(ApplyHqRecord(transaction, records.front()));
    } else if (change->has_result()) {
      COMPTOIR_ASSIGN_OR_RETURN(auto row, operations.Next(transaction, change->result()));
      COMPTOIR_RETURN_IF_ERROR(ApplyResult(transaction, change->result(), records, held,
                                           operations.state(), std::move(row)));
    }
  }
  for (const replication::v1::Cursor& cursor : batch->cursors()) {
    COMPTOIR_RETURN_IF_ERROR(AdvanceCursor(transaction, cursor));
  }
  COMPTOIR_RETURN_IF_ERROR(NoteHighWatermark(transaction, batch->high_watermark().sequence()));
  return RemoveLostConfiguration(transaction);
}

}  // namespace

absl::Status ApplyBatch(Transaction& transaction, const CheckedBatch& batch) {
  ReadAhead ahead(transaction);
  COMPTOIR_RETURN_IF_ERROR(ReadWhatItNeeds(ahead, batch));
  return ApplyChecked(ahead, batch);
}

bool BringsConfiguration(const hq::v1::ChangeBatch& batch) {
  for (const Change& change : batch.changes()) {
    const auto job = change.membership().job();
    if (job == replication::v1::JOB_1070_CHANNELS || job == replication::v1::JOB_1110_GLOBAL) {
      return true;
    }
  }
  return false;
}

}  // namespace comptoir::channel
