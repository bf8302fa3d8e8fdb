#include "tests/sim/invariants.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/customer_index.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/settling.h"
#include "hq-service/domain/staged_operations.h"

namespace comptoir::sim {

namespace {

using replication::v1::Operation;
using replication::v1::OPERATION_STATE_REFUSED;
using replication::v1::Position;
using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_AUDIT_ENTRY;
using replication::v1::RECORD_KIND_CUSTOMER;
using replication::v1::RECORD_KIND_NUMBER_SEQUENCE;
using storage::v1::AddressRecord;
using storage::v1::CursorRecord;
using storage::v1::CustomerRecord;
using storage::v1::OutboxEntry;
using storage::v1::OutboxState;
using storage::v1::UploadPosition;

constexpr std::string_view kOutboxStateKey = "outbox";
// Keys of table index that don't belong to records begin here.
constexpr uint8_t kOtherIndexTags = 0x80;

template <typename Record>
std::optional<Record> Parse(const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) return std::nullopt;
  Record record;
  if (!record.ParseFromString(*bytes)) return std::nullopt;
  return record;
}

// A record without what every change changes.
template <typename Message>
std::string ContentOf(Message message) {
  message.clear_update_time();
  return SerializeDeterministically(message);
}

using Rows = std::map<std::string, std::string>;

Rows AllRows(const Reader& reader, Table table) {
  Rows rows;
  KeyRange range;
  range.rows_max = 1'000'000;
  COMPTOIR_CHECK_OK(reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return true;
  }));
  return rows;
}

uint8_t KindOf(std::string_view key) { return key.empty() ? 0 : static_cast<uint8_t>(key[0]); }

// Records that are distributed; number sequences stay at HQ.
Rows DistributedRecords(const Reader& reader) {
  Rows rows = AllRows(reader, Table::kRecords);
  std::erase_if(rows, [](const auto& row) {
    return KindOf(row.first) == RECORD_KIND_NUMBER_SEQUENCE ||
           KindOf(row.first) == RECORD_KIND_AUDIT_ENTRY || KindOf(row.first) == 0;
  });
  return rows;
}

std::string Describe(std::string_view key) {
  KeyReader reader(key);
  const auto kind = reader.Byte();
  const auto first = reader.Id();
  const auto second = reader.Id();
  return absl::StrCat("record of kind ", kind.value_or(0), " ",
                      first.has_value() ? first->ToString() : std::string(key.substr(1)), " ",
                      second.has_value() ? second->ToString() : "");
}

// Did a position go back? Sequences are those of one log, whatever the epoch.
bool WentBack(const Position& before, const Position& after) {
  return after.epoch_counter() < before.epoch_counter() || after.sequence() < before.sequence();
}

}  // namespace

Invariants::Invariants(Context& context, Model& model) : context_(context), model_(model) {}

void Invariants::Committed(Node& node, const std::vector<RowChange>& changes) {
  if (suspended_) return;
  if (!IsHq(node)) CheckQueued(node, changes);
  for (const RowChange& change : changes) {
    switch (change.table) {
      case Table::kRecords:
        if (KindOf(change.key) == RECORD_KIND_CUSTOMER) CheckCustomerChange(node, change);
        if (KindOf(change.key) == RECORD_KIND_ADDRESS) CheckAddressChange(node, change);
        break;
      case Table::kCursors:
        CheckCursorChange(node, change);
        break;
      case Table::kMeta:
        CheckMetaChange(node, change);
        break;
      case Table::kOutbox:
      case Table::kStaged:
        ReadOperation(node, change.key, change.after);
        break;
      default:
        break;
    }
  }
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
    if (!before.has_value() || before->version() > 0) {
      context_.Fail(node.name(), absl::StrCat("removed customer ", id.ToString()));
    }
    return;
  }
  context_.Trace(node.name(), [&] {
    return absl::StrCat("stores customer ", id.ToString(), " version ", after->version(), " ",
                        after->customer().account_number());
  });
  if (before.has_value() && after->version() < before->version()) {
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
  if (!is_new && before->customer().notes() == notes) {
    if (ContentOf(before->customer()) == ContentOf(after->customer()) &&
        before->primary_address_id() == after->primary_address_id()) {
      context_.Fail("hq", absl::StrCat("an edit of ", id.ToString(), " had a second effect"));
    }
    return;
  }
  if (!notes.empty() && !edits_.emplace(notes, id).second) {
    context_.Fail("hq",
                  absl::StrCat("the edit ", notes, " of ", id.ToString(), " had a second effect"));
  }
}

void Invariants::CheckAddressChange(Node& node, const RowChange& change) {
  const auto before = Parse<AddressRecord>(change.before);
  const auto after = Parse<AddressRecord>(change.after);
  if (!after.has_value()) {
    if (!before.has_value() || before->version() > 0) {
      context_.Fail(node.name(), absl::StrCat("removed ", Describe(change.key)));
    }
    return;
  }
  if (!before.has_value()) return;
  if (after->version() < before->version()) {
    context_.Fail(node.name(), absl::StrCat(Describe(change.key), " went back from version ",
                                            before->version(), " to ", after->version()));
  }
  if (IsHq(node) && ContentOf(before->address()) == ContentOf(after->address())) {
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
  if (before->cursor().membership().id() == after->cursor().membership().id() &&
      WentBack(before->cursor().position(), after->cursor().position())) {
    context_.Fail(node.name(), absl::StrCat("cursor went back: ", after->ShortDebugString(),
                                            " after ", before->ShortDebugString()));
  }
}

void Invariants::CheckMetaChange(Node& node, const RowChange& change) {
  if (!change.before.has_value()) return;
  if (!change.after.has_value()) {
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
  if (operation == nullptr || channel::IsFinal(waiting.state)) {
    const auto known = operations.find(key);
    if (known == operations.end()) return;
    if (IsHq(node) && known->second.is_create) ++context_.counts().conversions;
    operations.erase(known);
    return;
  }
  waiting.customer = Uuid::FromBytes(operation->customer_id());
  waiting.request_id = operation->request_id();
  waiting.digest = operation->request_digest();
  waiting.is_create = operation->has_create_customer();
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

void Invariants::ReadDisk(Node& node) {
  pending_[&node].clear();
  if (!IsHq(node)) {
    for (const auto& [key, value] : AllRows(node.latest(), Table::kRecords)) {
      if (KindOf(key) != RECORD_KIND_CUSTOMER) continue;
      const auto record = Parse<CustomerRecord>(value);
      ReadCustomer(node, Uuid::FromBytes(std::string_view(key).substr(1)), &*record);
    }
  }
  operations_[&node].clear();
  for (const auto& [key, value] :
       AllRows(node.latest(), IsHq(node) ? Table::kStaged : Table::kOutbox)) {
    ReadOperation(node, key, value);
  }
}

void Invariants::Crashed(Node& node) {
  if (suspended_) return;
  ReadDisk(node);
  if (IsHq(node)) {
    for (KnownCustomer& customer : model_.customers()) {
      for (CreateVariant& variant : customer.variants) variant.at_hq = false;
      if (customer.version == 0) continue;
      const auto record = FindCustomer(node.latest(), customer.id);
      if (!record.ok() || !record->has_value() || (*record)->version() < customer.version) {
        context_.Fail("hq", absl::StrCat("lost version ", customer.version, " of ",
                                         customer.id.ToString(), " in a crash"));
      }
    }
  } else {
    for (const KnownCustomer* customer : model_.ShownBy(node)) {
      const auto record = FindCustomer(node.latest(), customer->id);
      if (!record.ok() || !record->has_value() ||
          (*record)->version() < customer->shown.at(&node)) {
        context_.Fail(node.name(), absl::StrCat("lost customer ", customer->id.ToString(),
                                                " in a crash after it was shown"));
      }
    }
  }
  CheckNow();
}

void Invariants::DiskReplaced(Node& node) {
  model_.DiskReplaced(node);
  MayBeGivenBack(node);
  ReadDisk(node);
  for (KnownCustomer& customer : model_.customers()) {
    for (CreateVariant& variant : customer.variants) {
      if (variant.acknowledged && !IsDurable(customer, variant)) variant.excused = true;
    }
  }
}

// It became a customer, under its own UUID or another, or a person gave it up.
bool Invariants::IsSettledAtHq(const KnownCustomer& customer, const CreateVariant& variant) {
  const auto outcome = hq::FindCreateOutcome(hq_->latest(), customer.id, variant.digest);
  return outcome.ok() && outcome->has_value();
}

bool Invariants::IsDurable(const KnownCustomer& customer, const CreateVariant& variant) {
  if (variant.at_hq || IsSettledAtHq(customer, variant)) return true;
  for (const auto& [node, operations] : operations_) {
    for (const auto& [key, operation] : operations) {
      if (operation.is_create && operation.customer == customer.id &&
          operation.digest == variant.digest) {
        return true;
      }
    }
  }
  return false;
}

void Invariants::CheckNothingLost() {
  for (KnownCustomer& customer : model_.customers()) {
    for (CreateVariant& variant : customer.variants) {
      if (!variant.acknowledged || variant.excused || variant.at_hq) continue;
      if (!IsDurable(customer, variant)) {
        context_.Fail("world",
                      absl::StrCat("lost the acknowledged create of ", customer.id.ToString(), " ",
                                   variant.request.customer().tax_number()));
      }
      variant.at_hq = IsSettledAtHq(customer, variant);
    }
  }
}

void Invariants::CheckNow() {
  if (suspended_) return;
  CheckNothingLost();
  for (ChannelNode* channel : channels_) {
    CheckOwnWorkIsShown(*channel);
    CheckQueues(*channel);
  }
}

void Invariants::CheckOwnWorkIsShown(ChannelNode& channel) {
  std::set<CustomerId> worked_on;
  for (const auto& [key, operation] : operations_[&channel]) {
    if (!operation.is_create) continue;
    const auto record =
        channel.latest().Get(Table::kRecords, CustomerRecordKey(operation.customer));
    if (!record.ok() || !record->has_value()) {
      context_.Fail(channel.name(), absl::StrCat("doesn't show its own unsettled customer ",
                                                 operation.customer.ToString()));
    }
    worked_on.insert(operation.customer);
  }
  for (const CustomerId& id : pending_[&channel]) {
    if (worked_on.count(id) > 0) continue;
    context_.Fail(channel.name(),
                  absl::StrCat("shows ", id.ToString(), " as pending and has no operation of it"));
  }
}

void Invariants::CheckQueues(ChannelNode& channel) {
  const auto state = channel::ReadOutboxState(channel.latest());
  if (!state.ok()) return;
  const Operations& operations = operations_[&channel];
  // What HQ gives back to a database that lost it comes on top.
  if (state->depth() > channel.options().outbox_operations_max &&
      given_back_to_.count(&channel) == 0) {
    context_.Fail(channel.name(), absl::StrCat("its outbox holds ", state->depth(),
                                               " operations, more than it may"));
  }
  if (state->depth() != operations.size()) {
    context_.Fail(channel.name(), absl::StrCat("says that its outbox holds ", state->depth(),
                                               " operations; it holds ", operations.size()));
  }
}

std::string Invariants::RecordsDiffer(ChannelNode& channel) {
  const Rows at_hq = DistributedRecords(hq_->latest());
  Rows at_channel = DistributedRecords(channel.latest());
  // A refused create is shown while it is kept, though HQ has no such customer.
  for (const auto& [key, operation] : operations_[&channel]) {
    const std::string customer = CustomerRecordKey(operation.customer);
    if (operation.state != OPERATION_STATE_REFUSED || at_hq.count(customer) > 0) continue;
    at_channel.erase(customer);
    const std::string addresses =
        KeyWriter().Byte(RECORD_KIND_ADDRESS).Id(operation.customer).key();
    std::erase_if(at_channel, [&](const auto& row) { return row.first.starts_with(addresses); });
  }
  // A UUID that was given up beside another create's, which is kept itself.
  for (const auto& [key, operation] : operations_[hq_]) {
    const std::string customer = CustomerRecordKey(operation.customer);
    if (operation.state == OPERATION_STATE_REFUSED && at_hq.count(customer) == 0) {
      at_channel.erase(customer);
    }
  }
  for (const auto& [key, value] : at_hq) {
    const auto found = at_channel.find(key);
    if (found == at_channel.end()) return absl::StrCat(Describe(key), " is missing");
    if (found->second != value) return absl::StrCat(Describe(key), " differs");
  }
  for (const auto& [key, value] : at_channel) {
    if (at_hq.count(key) == 0) return absl::StrCat(Describe(key), " isn't at HQ");
  }
  return "";
}

std::string Invariants::WhyNotQuiet() {
  const auto waits = [&](Node& node) -> std::string {
    if (!node.up()) return absl::StrCat(node.name(), " is down");
    for (const auto& [key, operation] : operations_[&node]) {
      if (operation.state != OPERATION_STATE_REFUSED) {
        return absl::StrCat(node.name(), " holds the operation of ", operation.customer.ToString(),
                            " in state ", replication::v1::OperationState_Name(operation.state),
                            " ", operation.reason);
      }
    }
    return "";
  };
  std::string why = waits(*hq_);
  for (ChannelNode* channel : channels_) {
    if (why.empty()) why = waits(*channel);
  }
  for (ChannelNode* channel : channels_) {
    if (!why.empty()) break;
    const std::string difference = RecordsDiffer(*channel);
    if (!difference.empty()) why = absl::StrCat(channel->name(), ": ", difference);
  }
  return why;
}

bool Invariants::IsQuiet() { return WhyNotQuiet().empty(); }

void Invariants::CheckHealed() {
  CheckNow();
  const std::string why = WhyNotQuiet();
  if (!why.empty()) context_.Fail("world", absl::StrCat("not healed: ", why));
  for (ChannelNode* channel : channels_) CheckOperationsHealed(*channel);
  CheckCustomersAtHq();
  CheckIndex(*hq_);
  for (ChannelNode* channel : channels_) CheckIndex(*channel);
}

void Invariants::CheckOperationsHealed(ChannelNode& channel) {
  if (!channel.up()) return;
  channel::v1::ListUnsettledOperationsRequest request;
  request.set_page_size(1000);
  std::map<std::string, std::string> reasons;
  bool answered = false;
  channel.service().ListUnsettledOperations(request, [&](auto response) {
    answered = true;
    if (!response.ok()) return context_.Fail(channel.name(), response.status().ToString());
    for (const auto& operation : response->operations()) {
      reasons[operation.customer()] = operation.reason();
    }
  });
  if (!answered) context_.Fail(channel.name(), "didn't list its unsettled operations");
  for (const auto& [key, operation] : operations_[&channel]) {
    const auto shown = reasons.find(CustomerName(operation.customer));
    if (shown == reasons.end() ||
        (shown->second != "REQUEST_ID_REUSED" && shown->second != "INVALID_FIELDS")) {
      context_.Fail(channel.name(),
                    absl::StrCat("doesn't show why it keeps the create of ",
                                 operation.customer.ToString(), ": ", operation.reason));
    }
  }
  // What HQ keeps for a person is shown at a store as well.
  for (const auto& [key, operation] : operations_[hq_]) {
    const bool shown = std::any_of(channels_.begin(), channels_.end(), [&](ChannelNode* node) {
      const Operations& own = operations_[node];
      return std::any_of(own.begin(), own.end(), [&](const auto& entry) {
        return entry.second.request_id == operation.request_id &&
               entry.second.digest == operation.digest;
      });
    });
    if (!shown) {
      context_.Fail("hq", absl::StrCat("keeps the create of ", operation.customer.ToString(),
                                       ", which no store shows"));
    }
  }
}

void Invariants::CheckCustomersAtHq() {
  for (const KnownCustomer& customer : model_.customers()) {
    if (customer.id.is_nil()) continue;
    const auto found = FindCustomer(hq_->latest(), customer.id);
    if (!found.ok() || !found->has_value()) {
      if (customer.version > 0) {
        context_.Fail("hq", absl::StrCat("lost customer ", customer.id.ToString()));
      }
      continue;
    }
    ++context_.counts().customers;
    const CustomerRecord& record = **found;
    const auto variant =
        std::find_if(customer.variants.begin(), customer.variants.end(),
                     [&](const CreateVariant& v) { return v.digest == record.request_digest(); });
    const bool rejected = record.customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
    if (variant == customer.variants.end() ||
        (!rejected && variant->request.customer().tax_number() != record.customer().tax_number())) {
      context_.Fail("hq",
                    absl::StrCat("customer ", customer.id.ToString(), " isn't what anybody sent"));
      continue;
    }
    if (record.version() < customer.version) {
      context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(), " has version ",
                                       record.version(), ", told was ", customer.version));
    }
    if (!rejected) CheckAddressesAtHq(customer);
  }
}

void Invariants::CheckAddressesAtHq(const KnownCustomer& customer) {
  const auto record = FindCustomer(hq_->latest(), customer.id).value();
  std::map<AddressId, AddressRecord> addresses;
  const std::string prefix = KeyWriter().Byte(RECORD_KIND_ADDRESS).Id(customer.id).key();
  COMPTOIR_CHECK_OK(hq_->latest().Scan(
      Table::kRecords, PrefixRange(prefix), [&](std::string_view key, std::string_view value) {
        AddressRecord address;
        COMPTOIR_CHECK(address.ParseFromArray(value.data(), static_cast<int>(value.size())));
        addresses.emplace(Uuid::FromBytes(key.substr(prefix.size())), address);
        return true;
      }));
  for (const KnownAddress& known : customer.addresses) {
    const auto found = addresses.find(known.id);
    if (found == addresses.end() || found->second.version() < known.version) {
      context_.Fail(
          "hq", absl::StrCat("lost address ", known.id.ToString(), " of ", customer.id.ToString()));
    }
  }
  for (const CreateVariant& variant : customer.variants) {
    if (variant.digest != record->request_digest()) continue;
    const auto& sent = variant.request.customer().addresses();
    for (int i = 0; i < sent.size(); ++i) {
      const AddressId id = sent[i].name().empty() ? DerivedAddressId(customer.id, i)
                                                  : ParseAddressName(sent[i].name())->address;
      if (addresses.count(id) == 0) {
        context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(),
                                         " lost an address that came with it"));
      }
    }
    const size_t expected_max = static_cast<size_t>(sent.size()) + customer.addresses_sent;
    if (addresses.size() > expected_max) {
      context_.Fail("hq",
                    absl::StrCat("customer ", customer.id.ToString(), " has ", addresses.size(),
                                 " addresses; at most ", expected_max, " were sent"));
    }
  }
  size_t active = 0;
  for (const auto& [id, address] : addresses) active += address.address().deactivated() ? 0 : 1;
  const std::string& primary = record->primary_address_id();
  const bool primary_is_active = !primary.empty() &&
                                 addresses.count(Uuid::FromBytes(primary)) > 0 &&
                                 !addresses.at(Uuid::FromBytes(primary)).address().deactivated();
  if (active > 0 ? !primary_is_active : !primary.empty()) {
    context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(), " has ", active,
                                     " active addresses and not one primary one"));
  }
}

// The index is what it would be if it were made anew from the records.
void Invariants::CheckIndex(Node& node) {
  Rows expected;
  for (const auto& [key, value] : AllRows(node.latest(), Table::kRecords)) {
    IndexEntries entries;
    if (KindOf(key) == RECORD_KIND_CUSTOMER) {
      entries = CustomerIndexEntries(*Parse<CustomerRecord>(value));
    } else if (KindOf(key) == RECORD_KIND_ADDRESS) {
      entries = AddressIndexEntries(*Parse<AddressRecord>(value));
    }
    expected.insert(entries.begin(), entries.end());
  }
  Rows found = AllRows(node.latest(), Table::kIndex);
  std::erase_if(found, [](const auto& row) { return KindOf(row.first) >= kOtherIndexTags; });
  if (found != expected) {
    context_.Fail(node.name(), absl::StrCat("the index has ", found.size(), " entries, not the ",
                                            expected.size(), " of its records"));
  }
}

void Invariants::AnswerLost(ChannelNode& node, const std::string& customer_name) {
  const auto id = ParseCustomerName(customer_name);
  if (!id.ok()) return;
  const auto held = FindCustomer(node.latest(), *id);
  if (held.ok() && held->has_value()) {
    context_.Count((*held)->version() > 0 ? Fault::kAnswerLostFeedFirst
                                          : Fault::kAnswerLostFallbackFirst);
    return;
  }
  answers_lost_.emplace(&node, *id);
}

}  // namespace comptoir::sim
