#include "tests/sim/acknowledged_edits.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/conflicts.pb.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

namespace {

using replication::v1::Operation;
using storage::v1::CustomerRecord;

// In front of a staged operation: its queue and when it is due.
constexpr size_t kQueueBytes = 9;

struct Settled {
  char queue = 0;
  storage::v1::StagedOperation staged;
};

std::optional<Settled> SettledBy(const RowChange& change) {
  if (change.table != Table::kStaged || change.key.empty() || change.key[0] != 's' ||
      !change.before.has_value() || change.after.has_value() ||
      change.before->size() < kQueueBytes) {
    return std::nullopt;
  }
  Settled settled{.queue = change.before->front()};
  if (!settled.staged.ParseFromString(change.before->substr(kQueueBytes))) return std::nullopt;
  return settled;
}

// What the edit made of the notes, if it is one of them.
struct NotesChange {
  std::string replaced;
  std::string value;
};
std::optional<NotesChange> NotesIn(const Operation& operation) {
  for (const auto& change : operation.edit_customer().changes()) {
    customer::v1::Customer replaced;
    customer::v1::Customer value;
    if (change.path() != "notes" || !replaced.ParseFromString(change.replaced()) ||
        !value.ParseFromString(change.value())) {
      continue;
    }
    return NotesChange{replaced.notes(), value.notes()};
  }
  return std::nullopt;
}

// The notes of a store that a conflict lists; empty: it isn't about notes.
std::string ListedNotes(const RowChange& change) {
  if (change.table != Table::kStaged || change.key.empty() || change.key[0] != 'f') return "";
  const auto conflict = Parse<storage::v1::ConflictRecord>(change.after);
  if (!conflict.has_value()) return "";
  for (const auto& field : conflict->changes()) {
    customer::v1::Customer customer;
    if (field.path() == "notes" && customer.ParseFromString(field.value())) return customer.notes();
  }
  return "";
}

// What one field holds, each element by itself, in order of their bytes.
std::vector<std::string> ElementsOf(const customer::v1::Customer& customer,
                                    const google::protobuf::FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *customer.GetReflection();
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(customer, &field); ++i) {
    const bool text = field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
    elements.push_back(
        text ? reflection.GetRepeatedString(customer, &field, i)
             : SerializeDeterministically(reflection.GetRepeatedMessage(customer, &field, i)));
  }
  std::sort(elements.begin(), elements.end());
  return elements;
}

// Elements travel by key: the order in which a person gave them is lost when edits are replayed.
bool SameInAnyOrder(const customer::v1::Customer& a, const customer::v1::Customer& b,
                    const std::string& path) {
  const auto* const field = customer::v1::Customer::descriptor()->FindFieldByName(path);
  if (field == nullptr || !field->is_repeated()) return SameField(a, b, path);
  return ElementsOf(a, *field) == ElementsOf(b, *field);
}

}  // namespace

void AcknowledgedEdits::Add(AcknowledgedEdit edit) {
  edit.excused = false;
  const Uuid id = edit.request_id;
  edits_.insert_or_assign(id, std::move(edit));
}

void AcknowledgedEdits::Excuse(const Uuid& request_id) {
  const auto edit = edits_.find(request_id);
  if (edit != edits_.end()) edit->second.excused = true;
}

void AcknowledgedEdits::CommittedAtHq(const std::vector<RowChange>& changes, const Reader& hq) {
  // Part of their customer's create, with which they were settled.
  std::set<std::string> merged;
  for (const RowChange& change : changes) {
    const auto settled = SettledBy(change);
    if (settled.has_value() && settled->queue == static_cast<char>(hq::StagedQueue::kMerged)) {
      merged.insert(settled->staged.operation().request_id());
    }
  }
  for (const RowChange& change : changes) {
    const auto settled = SettledBy(change);
    if (!settled.has_value()) continue;
    const Operation& operation = settled->staged.operation();
    const auto notes = NotesIn(operation);
    if (!notes.has_value() || notes->value.empty()) continue;
    if (merged.contains(operation.request_id())) continue;
    const CustomerId id = CustomerId::FromBytes(operation.customer_id());
    bool listed = false;
    bool shown = false;
    for (const RowChange& other : changes) {
      listed = listed || ListedNotes(other) == notes->value;
      if (other.table != Table::kRecords || other.key != CustomerRecordKey(id)) continue;
      std::optional<std::string> last = other.before;
      for (const std::string& value : other.values) {
        const auto before = Parse<CustomerRecord>(last);
        const auto after = Parse<CustomerRecord>(value);
        last = value;
        if (after->customer().notes() != notes->value) continue;
        shown = true;
        if (!before.has_value() || before->customer().notes() == notes->value ||
            before->customer().notes() == notes->replaced) {
          continue;
        }
        context_.Fail("hq", absl::StrCat("the edit ", notes->value, " replaced ",
                                         before->customer().notes(), " and not ", notes->replaced));
      }
    }
    const auto record = FindCustomer(hq, id);
    const bool held = record.ok() && record->has_value() &&
                      (*record)->request_digest() == operation.customer_digest() &&
                      (*record)->customer().notes() == notes->value;
    const auto known = edits_.find(Uuid::FromBytes(operation.request_id()));
    if (listed || shown || held || known == edits_.end()) continue;
    // Discarded, applied over another path before, or to a customer with another UUID.
    const auto outcome =
        hq::FindEditOutcome(hq, id, known->second.request_id, known->second.digest);
    const bool settled_otherwise =
        outcome.ok() && outcome->has_value() &&
        ((*outcome)->state == replication::v1::OPERATION_STATE_DISCARDED ||
         (*outcome)->customer != id || known->second.at_hq);
    // A person may have decided about the conflict before the edit came over another path.
    const bool known_before =
        shown_before_.contains(notes->value) || listed_before_.contains(notes->value);
    if (!settled_otherwise && !known_before) {
      context_.Fail("hq", absl::StrCat("settled the edit ", notes->value,
                                       ", which is neither in the record nor a conflict"));
    }
  }
  for (const RowChange& change : changes) {
    const std::string listed = ListedNotes(change);
    if (listed.empty() || change.before.has_value()) continue;
    if (shown_before_.contains(listed) || !listed_before_.insert(listed).second) {
      context_.Fail("hq", absl::StrCat("the edit ", listed, " had a second effect: a conflict"));
    }
  }
  for (const RowChange& change : changes) {
    if (change.table != Table::kRecords ||
        KindOf(change.key) != replication::v1::RECORD_KIND_CUSTOMER) {
      continue;
    }
    for (const std::string& value : change.values) {
      const auto record = Parse<CustomerRecord>(value);
      if (record.has_value()) shown_before_.insert(record->customer().notes());
    }
  }
}

bool AcknowledgedEdits::IsSettledAtHq(const Reader& hq, const CustomerId& customer,
                                      const Uuid& request_id, std::string_view digest) {
  const auto outcome = hq::FindEditOutcome(hq, customer, request_id, digest);
  return outcome.ok() && outcome->has_value();
}

void AcknowledgedEdits::CheckNothingLost(const Reader& hq, const IsUnderWay& is_under_way) {
  for (auto& [id, edit] : edits_) {
    if (edit.excused || edit.at_hq) continue;
    edit.at_hq = IsSettledAtHq(hq, edit.customer, id, edit.digest);
    if (edit.at_hq || is_under_way(id.bytes(), edit.digest)) continue;
    context_.Fail("world", absl::StrCat("lost the acknowledged edit ", id.ToString(), " ",
                                        edit.notes, " of ", edit.customer.ToString()));
  }
}

void AcknowledgedEdits::HqCrashed() {
  for (auto& [id, edit] : edits_) edit.at_hq = false;
}

void AcknowledgedEdits::DiskReplaced(const Reader& hq, const IsUnderWay& is_under_way) {
  for (auto& [id, edit] : edits_) {
    const bool durable = edit.at_hq || is_under_way(id.bytes(), edit.digest) ||
                         IsSettledAtHq(hq, edit.customer, id, edit.digest);
    if (!durable) edit.excused = true;
  }
}

void AcknowledgedEdits::HqRestored(const Reader& hq, const IsUnderWay& is_under_way) {
  HqCrashed();
  DiskReplaced(hq, is_under_way);
  // It may show again what it has lost.
  shown_before_.clear();
}

void AcknowledgedEdits::CheckShown(ChannelNode& channel, const CustomerId& customer,
                                   const Reader& hq) const {
  const auto record = FindCustomer(channel.latest(), customer);
  if (!record.ok() || !record->has_value() ||
      (*record)->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED) {
    return;
  }
  const auto items = channel::OperationsOfCustomer(channel.latest(), customer);
  if (!items.ok()) return;
  customer::v1::Customer wanted = (*record)->customer();
  std::map<AddressId, customer::v1::Address> addresses;
  FieldNames fields;
  for (const auto& item : *items) {
    const Operation& operation = item.entry.operation();
    if (operation.customer_digest() != (*record)->request_digest()) continue;
    if (operation.has_edit_customer()) {
      Overlay(operation.edit_customer().changes(), wanted);
      for (const auto& change : operation.edit_customer().changes()) fields.insert(change.path());
    } else if (operation.has_edit_address()) {
      const AddressId id = AddressId::FromBytes(operation.edit_address().address_id());
      const auto address = FindAddress(channel.latest(), {customer, id});
      if (!address.ok() || !address->has_value()) continue;
      const auto known = addresses.try_emplace(id, (*address)->address()).first;
      Overlay(operation.edit_address().changes(), known->second);
    }
  }
  const auto at_hq = FindCustomer(hq, customer);
  // Of a customer that only stays for its last operations HQ's record doesn't come any more. A
  // later edit, which was settled before these, is in both.
  const bool has_left =
      at_hq.ok() && at_hq->has_value() && (*at_hq)->version() > (*record)->version();
  for (const std::string& field : fields) {
    if (SameInAnyOrder(wanted, (*record)->customer(), field)) continue;
    if (has_left && SameInAnyOrder((*at_hq)->customer(), (*record)->customer(), field)) continue;
    context_.Fail(channel.name(), absl::StrCat("doesn't show its own unsettled edit of ", field,
                                               " of ", customer.ToString()));
  }
  for (const auto& [id, address] : addresses) {
    const auto stored = FindAddress(channel.latest(), {customer, id});
    const auto address_at_hq = FindAddress(hq, {customer, id});
    const bool has_left = address_at_hq.ok() && address_at_hq->has_value() &&
                          (*address_at_hq)->version() > (*stored)->version();
    for (const char* field : {"city", "attention_to", "deactivated"}) {
      if (SameField(address, (*stored)->address(), field)) continue;
      if (has_left && SameField((*address_at_hq)->address(), (*stored)->address(), field)) continue;
      context_.Fail(channel.name(), absl::StrCat("doesn't show its own unsettled edit of ", field,
                                                 " of the address ", id.ToString()));
    }
  }
}

}  // namespace comptoir::sim
