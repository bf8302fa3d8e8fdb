// What is checked at every commit. The other invariants are in invariants.cc.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/base/strings.h"
#include "common/customer/operations.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

namespace {

using replication::v1::Operation;
using replication::v1::OPERATION_STATE_REFUSED;
using replication::v1::Position;
using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;
using replication::v1::RECORD_KIND_LOYALTY_CARD;
using storage::v1::AddressRecord;
using storage::v1::CursorRecord;
using storage::v1::CustomerRecord;
using storage::v1::OutboxEntry;
using storage::v1::OutboxState;
using storage::v1::UploadPosition;

constexpr std::string_view kOutboxStateKey = "outbox";
constexpr std::string_view kOutboxOthersKey = "outbox-others";
// Gone when customer data isn't filtered any more.
constexpr std::string_view kFilterKey = "channel-service/data-filter";

// A record without what every change changes.
template <typename Message>
std::string ContentOf(Message message) {
  message.clear_update_time();
  return SerializeDeterministically(message);
}

// A job is continuous again, or an old run is forgotten.
bool IsOfJobs(std::string_view key) {
  return key.starts_with("hq/watermark/") || key.starts_with("hq/run/") ||
         key.starts_with("hq/session/") || key.starts_with("hq/pause/");
}

// HQ has recovered, a lineage isn't fenced any more, or a store has read all of HQ's history.
bool IsOfRestores(std::string_view key) {
  return key == "hq/numbers-wait" || key.starts_with("hq/restore-conflict/") ||
         key.starts_with("hq/fenced/") || key.starts_with("hq-answered/") ||
         key == "lost-configuration";
}

// Nothing is left to remove.
bool IsOfRemoval(std::string_view key) {
  return key.starts_with("channel/removal/") || key == "channel/sweep";
}

// Two creates of one customer are in a new lineage: its operations aren't counted. Nothing else
// stops the count while one program runs.
bool BeginsLineage(const std::vector<RowChange>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const RowChange& change) {
    if (change.table != Table::kMeta || change.key != kOutboxStateKey) return false;
    const auto before = Parse<OutboxState>(change.before);
    const auto after = Parse<OutboxState>(change.after);
    return before.has_value() && after.has_value() && before->lineage() != after->lineage();
  });
}

// Did a position go back? Sequences are those of one log, whatever the epoch.
bool WentBack(const Position& before, const Position& after) {
  return after.epoch_counter() < before.epoch_counter() || after.sequence() < before.sequence();
}

}  // namespace

void Invariants::Committed(Node& node, const std::vector<RowChange>& changes) {
  if (suspended_) return;
  if (IsHq(node)) {
    acknowledged_edits_.CommittedAtHq(changes, node.latest());
  } else {
    CheckQueued(node, changes);
  }
  for (const RowChange& change : changes) {
    switch (change.table) {
      case Table::kRecords:
        if (KindOf(change.key) == RECORD_KIND_CUSTOMER) CheckCustomerChange(node, change);
        if (KindOf(change.key) == RECORD_KIND_ADDRESS) CheckAddressChange(node, change);
        if (KindOf(change.key) == RECORD_KIND_LOYALTY_CARD) CheckCardChange(node, change);
        break;
      case Table::kFeeds:
        CheckFeedChange(node, change);
        break;
      case Table::kCursors:
        CheckPublished(node, change);
        CheckCursorChange(node, change);
        break;
      case Table::kMeta:
        CheckRun(node, change);
        CheckMetaChange(node, change, changes);
        break;
      case Table::kOutbox:
      case Table::kStaged:
        ReadOperation(node, change.key, change.after);
        break;
      default:
        break;
    }
  }
  CheckFilteredCommit(node, changes);
}

void Invariants::CheckQueued(Node& node, const std::vector<RowChange>& changes) {
  const auto makes = [&](const CustomerId& id) {
    return std::any_of(changes.begin(), changes.end(), [&](const RowChange& change) {
      return change.table == Table::kRecords && change.key == CustomerRecordKey(id) &&
             !change.values.empty() && Parse<CustomerRecord>(change.values.front())->version() == 0;
    });
  };
  for (const RowChange& change : changes) {
    if (change.table != Table::kOutbox || change.before.has_value()) continue;
    const auto entry = Parse<OutboxEntry>(change.after);
    if (!entry.has_value() || !entry->operation().has_create_customer() ||
        entry->state() != replication::v1::OPERATION_STATE_QUEUED) {
      continue;
    }
    // A new lineage queues again what was queued.
    const Operations& known = operations_[&node];
    const bool again = std::any_of(known.begin(), known.end(), [&](const auto& operation) {
      return operation.second.request_id == entry->operation().request_id();
    });
    const CustomerId id = Uuid::FromBytes(entry->operation().customer_id());
    if (!again && !makes(id)) {
      context_.Fail(node.name(), absl::StrCat("queues the create of ", id.ToString(),
                                              ", which it holds already"));
    }
  }
}

void Invariants::CheckCustomerChange(Node& node, const RowChange& change) {
  const auto before = Parse<CustomerRecord>(change.before);
  const auto after = Parse<CustomerRecord>(change.after);
  const CustomerId id = Uuid::FromBytes(std::string_view(change.key).substr(1));
  if (!IsHq(node)) ReadCustomer(node, id, after.has_value() ? &*after : nullptr);
  if (!after.has_value()) {
    if (!IsHq(node) && model_.address_books_in_play() && before.has_value()) {
      if (before->version() > 0) context_.Count(Fault::kRemoved);
      model_.Removed(node, id);
    } else if ((!before.has_value() || before->version() > 0) && !model_.MayForget(node)) {
      context_.Fail(node.name(), absl::StrCat("removed customer ", id.ToString()));
    }
    return;
  }
  context_.Trace(node.name(), [&] {
    return absl::StrCat("stores customer ", id.ToString(), " version ", after->version(), " ",
                        after->customer().account_number());
  });
  const bool may_leave = !IsHq(node) && (model_.address_books_in_play() || model_.MayForget(node));
  if (before.has_value() && before->version() > 0 && after->version() == 0 && may_leave) {
    // HQ's customer went, and the store's own create under the UUID, or what became of it, is
    // shown.
    model_.Removed(node, id);
  } else if (before.has_value() && after->version() < before->version()) {
    context_.Fail(node.name(), absl::StrCat("customer ", id.ToString(), " went back from version ",
                                            before->version(), " to ", after->version()));
  }
  const bool synced = after->version() > 0;
  const bool rejected = after->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
  if (rejected) CheckRejected(node, id, *after);
  if (!rejected && synced == after->customer().account_number().empty()) {
    context_.Fail(node.name(),
                  absl::StrCat("customer ", id.ToString(), " version ", after->version(),
                               " has account number '", after->customer().account_number(), "'"));
  }
  model_.SawAccountNumber(node.name(), id, after->customer().account_number());
  if (IsHq(node)) {
    std::string last = change.before.value_or("");
    for (const std::string& value : change.values) {
      CheckEdit(id, last, value);
      last = value;
    }
    return;
  }
  if (synced) HeldFromLostHistory(id, *after);
  if (!before.has_value() && answers_lost_.erase({&node, id}) > 0) {
    context_.Count(synced ? Fault::kAnswerLostFeedFirst : Fault::kAnswerLostFallbackFirst);
  }
}

// Only by order of a person, and nothing of the person that it was remains.
void Invariants::CheckRejected(Node& node, const CustomerId& id, const CustomerRecord& record) {
  const auto& customer = record.customer();
  if (!model_.MayBeRejected(id) || !customer.account_number().empty() ||
      !customer.tax_number().empty() || !customer.display_name().empty() ||
      !record.primary_address_id().empty()) {
    context_.Fail(node.name(), absl::StrCat("rejects ", customer.ShortDebugString()));
  }
}

void Invariants::DiscardOrdered(const std::string& customer_name) {
  if (const auto id = ParseCustomerName(customer_name); id.ok()) model_.OrderDiscard(*id);
}

// Every edit of the workload writes notes of its own, so notes that come a second time are a second
// effect.
void Invariants::CheckEdit(const CustomerId& id, const std::string& before_bytes,
                           const std::string& after_bytes) {
  const auto before = Parse<CustomerRecord>(before_bytes);
  const auto after = Parse<CustomerRecord>(after_bytes);
  const std::string& notes = after->customer().notes();
  const bool is_new = before_bytes.empty();
  // One command may write a record in two steps.
  if (!is_new && before->version() == after->version()) return;
  // What a restored HQ keeps gets a version above all that it had given before.
  if (hq_restored_ && !is_new && before->customer().notes() == notes) return;
  if (!is_new && before->customer().notes() == notes) {
    if (ContentOf(before->customer()) == ContentOf(after->customer()) &&
        before->primary_address_id() == after->primary_address_id() && moved_.count(id) == 0) {
      context_.Fail("hq", absl::StrCat("an edit of ", id.ToString(), " had a second effect"));
    }
    return;
  }
  // A person may give it back what HQ had shown. What a restored HQ has lost comes back with a
  // store's record, without the request: who repeats that makes the edit again (docs/recovery.md).
  if (!notes.empty() && !edits_.emplace(notes, id).second && decided_.count(id) == 0 &&
      !IsOfLostHistory(notes)) {
    context_.Fail("hq",
                  absl::StrCat("the edit ", notes, " of ", id.ToString(), " had a second effect"));
  }
}

void Invariants::CheckAddressChange(Node& node, const RowChange& change) {
  const auto before = Parse<AddressRecord>(change.before);
  const auto after = Parse<AddressRecord>(change.after);
  if (!after.has_value()) {
    if (!IsHq(node) && model_.address_books_in_play()) return;
    // A store had read it before its customer, and has offered it to a restored HQ; or the create
    // of its customer was discarded there.
    const auto owner =
        FindCustomer(node.latest(), Uuid::FromBytes(std::string_view(change.key).substr(1, 16)));
    const bool without_owner =
        owner.ok() && (!owner->has_value() ||
                       (*owner)->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED);
    if (!IsHq(node) && hq_restored_ && without_owner) return;
    if ((!before.has_value() || before->version() > 0) && !model_.MayForget(node)) {
      context_.Fail(node.name(), absl::StrCat("removed ", Describe(change.key)));
    }
    return;
  }
  if (!before.has_value()) return;
  if (after->version() < before->version()) {
    context_.Fail(node.name(), absl::StrCat(Describe(change.key), " went back from version ",
                                            before->version(), " to ", after->version()));
  }
  if (IsHq(node) && !hq_restored_ && ContentOf(before->address()) == ContentOf(after->address())) {
    context_.Fail("hq", absl::StrCat("an edit of ", Describe(change.key), " had a second effect"));
  }
}

void Invariants::CheckCursorChange(Node& node, const RowChange& change) {
  if (!change.before.has_value()) return;
  if (IsHq(node)) {
    const auto before = Parse<UploadPosition>(change.before);
    const auto after = Parse<UploadPosition>(change.after);
    if (!after.has_value()) return context_.Fail("hq", "forgot a channel service");
    if (before->lineage() == after->lineage() &&
        after->position().sequence() < before->position().sequence()) {
      context_.Fail(
          "hq", absl::StrCat("position in an outbox went back from ", before->position().sequence(),
                             " to ", after->position().sequence()));
    }
    return;
  }
  const auto before = Parse<CursorRecord>(change.before);
  const auto after = Parse<CursorRecord>(change.after);
  if (!before.has_value() || !after.has_value()) return;
  // Read from the beginning again.
  if (hq_restored_ && after->cursor().position().sequence() == 0) return;
  if (before->cursor().membership().id() == after->cursor().membership().id() &&
      WentBack(before->cursor().position(), after->cursor().position())) {
    context_.Fail(node.name(), absl::StrCat("cursor went back: ", after->ShortDebugString(),
                                            " after ", before->ShortDebugString()));
  }
}

void Invariants::CheckMetaChange(Node& node, const RowChange& change,
                                 const std::vector<RowChange>& changes) {
  if (!change.before.has_value()) return;
  if (!change.after.has_value()) {
    if (IsOfJobs(change.key) || IsOfRestores(change.key) || IsOfRemoval(change.key) ||
        change.key == kFilterKey) {
      return;
    }
    if (change.key == kOutboxOthersKey && BeginsLineage(changes)) return;
    return context_.Fail(node.name(), absl::StrCat("removed the meta key ", change.key));
  }
  if (change.key == meta_keys::kSequence && *change.after < *change.before) {
    return context_.Fail(node.name(), "the last sequence went back");
  }
  if (change.key != kOutboxStateKey) return;
  const auto before = Parse<OutboxState>(change.before);
  const auto after = Parse<OutboxState>(change.after);
  if (before->lineage() != after->lineage()) return;
  if (after->last_sequence() < before->last_sequence() ||
      after->acknowledged_sequence() < before->acknowledged_sequence() ||
      after->acknowledged_sequence() > after->last_sequence()) {
    context_.Fail(node.name(), absl::StrCat("outbox went back: ", after->ShortDebugString(),
                                            " after ", before->ShortDebugString()));
  }
}

void Invariants::ReadOperation(Node& node, const std::string& key,
                               const std::optional<std::string>& value) {
  Operations& operations = operations_[&node];
  const Operation* operation = nullptr;
  WaitingOperation waiting;
  OutboxEntry entry;
  std::optional<hq::StagedRow> row;
  if (IsHq(node)) {
    if (key.empty() || key[0] != hq::StagedRowsPrefix()[0]) return;
    if (value.has_value()) {
      const auto place = hq::PlaceAtEnd(key);
      auto found = hq::FindStaged(node.latest(), *place);
      if (found.ok()) row = *std::move(found);
    }
    if (row.has_value()) {
      operation = &row->staged.operation();
      // One that will be tried again isn't refused for good.
      waiting.state = row->queue == hq::StagedQueue::kKept
                          ? OPERATION_STATE_REFUSED
                          : replication::v1::OPERATION_STATE_WAITING;
      waiting.reason = row->staged.reason();
    }
  } else if (value.has_value() && entry.ParseFromString(*value)) {
    operation = &entry.operation();
    waiting.state = entry.state();
    waiting.reason = entry.reason();
  }
  if (operation == nullptr || IsFinal(waiting.state)) {
    const auto known = operations.find(key);
    if (known == operations.end()) return;
    if (IsHq(node) && known->second.is_create) ++context_.counts().conversions;
    const WaitingOperation settled = operations.extract(known).mapped();
    if (IsHq(node)) {
      settled_at_hq_.emplace(settled.request_id, settled.digest);
    } else {
      SettledAtStore(settled);
    }
    return;
  }
  waiting.customer = Uuid::FromBytes(operation->customer_id());
  waiting.request_id = operation->request_id();
  waiting.digest = operation->request_digest();
  waiting.is_create = operation->has_create_customer();
  waiting.customer_digest = operation->customer_digest();
  waiting.is_edit = operation->has_edit_customer() || operation->has_edit_address();
  waiting.address_id = operation->edit_address().address_id();
  operations[key] = std::move(waiting);
}

void Invariants::ReadCustomer(const Node& node, const CustomerId& id,
                              const CustomerRecord* record) {
  const bool pending = record != nullptr && record->version() == 0 &&
                       record->customer().state() == customer::v1::CUSTOMER_STATE_PENDING;
  if (pending) {
    pending_[&node].insert(id);
  } else {
    pending_[&node].erase(id);
  }
}

}  // namespace comptoir::sim
