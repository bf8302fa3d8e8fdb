// What must come back when HQ's database was restored to an earlier state.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/replication/hq_history.h"
#include "common/customer/records/customers.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/recovery.pb.h"
#include "hq-service/domain/recovery/recovery.h"
#include "tests/sim/invariants.h"

namespace comptoir::sim {

using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

namespace {

std::optional<CustomerRecord> CustomerAt(const Node& node, const CustomerId& id) {
  const auto record = FindCustomer(node.latest(), id);
  return record.ok() ? *record : std::nullopt;
}

std::optional<AddressRecord> AddressAt(const Node& node, const AddressKey& key) {
  const auto record = FindAddress(node.latest(), key);
  return record.ok() ? *record : std::nullopt;
}

}  // namespace

bool Invariants::IsHeld(const KnownCustomer& customer, const CreateVariant& variant) const {
  if (!hq_restored_) return false;
  return std::any_of(channels_.begin(), channels_.end(), [&](const ChannelNode* channel) {
    const auto record = CustomerAt(*channel, customer.id);
    return record.has_value() && record->version() > 0 &&
           record->request_digest() == variant.digest;
  });
}

bool Invariants::IsHeld(const KnownCustomer& customer, const CreatedAddress& address) const {
  if (!hq_restored_) return false;
  return std::any_of(channels_.begin(), channels_.end(), [&](const ChannelNode* channel) {
    const auto record = AddressAt(*channel, {customer.id, address.id});
    return record.has_value() && record->version() > 0 &&
           record->request_digest() == address.digest;
  });
}

void Invariants::HqRestored() {
  hq_restored_ = true;
  restored_epoch_ = CurrentEpoch(hq_->latest())->counter();
  model_.HqRestored();
  model_.cards().HqRestored(*hq_);
  for (const auto& [notes, customer] : edits_) lost_edits_.insert(notes);
  edits_.clear();
  ReadDisk(*hq_);
  acknowledged_edits_.HqRestored(hq_->latest(), UnderWay());
  settled_before_restore_.merge(settled_at_hq_);
  settled_at_hq_.clear();
  for (ChannelNode* channel : channels_) MayBeGivenBack(*channel);
  const auto held_by_any = [&](const CustomerId& id) {
    HeldRecord held;
    const auto at_hq = CustomerAt(*hq_, id);
    if (at_hq.has_value()) held.version = at_hq->version();
    for (const ChannelNode* channel : channels_) {
      const auto record = CustomerAt(*channel, id);
      if (!record.has_value() || record->version() <= held.version) continue;
      held.version = record->version();
      // Those of an edit that is under way are owed by the edit.
      held.notes = record->customer().edit_pending() ? "" : record->customer().notes();
    }
    if (at_hq.has_value() && at_hq->customer().notes() == held.notes) held.notes.clear();
    return held;
  };
  // Nobody that HQ waits for was told a number that only HQ knew.
  model_.ForgetNumbers([&](const CustomerId& id) {
    const HeldRecord held = held_by_any(id);
    if (held.version > 0) held_before_restore_[id] = held;
    return held.version == 0;
  });
  for (KnownCustomer& customer : model_.customers()) {
    const auto at_hq = CustomerAt(*hq_, customer.id);
    const HeldRecord held = held_by_any(customer.id);
    if (held.version > 0) held_before_restore_[customer.id] = held;
    customer.version = at_hq.has_value() ? at_hq->version() : 0;
    std::erase_if(customer.addresses, [&](KnownAddress& address) {
      const AddressKey key{customer.id, address.id};
      return !std::any_of(channels_.begin(), channels_.end(), [&](const ChannelNode* channel) {
        const auto record = AddressAt(*channel, key);
        return record.has_value() && record->version() >= address.version;
      });
    });
    for (CreateVariant& variant : customer.variants) {
      variant.at_hq = false;
      if (variant.acknowledged && !IsDurable(customer, variant)) variant.excused = true;
    }
    for (CreatedAddress& address : customer.created_addresses) {
      address.at_hq = false;
      if (!IsDurable(customer, address)) address.excused = true;
    }
  }
}

void Invariants::HeldFromLostHistory(const CustomerId& id, const CustomerRecord& record) {
  if (!hq_restored_) return;
  const auto at_hq = CustomerAt(*hq_, id);
  if (at_hq.has_value() && at_hq->version() >= record.version()) return;
  HeldRecord& held = held_before_restore_[id];
  if (record.version() <= held.version) return;
  held.version = record.version();
  const bool same = at_hq.has_value() && at_hq->customer().notes() == record.customer().notes();
  const bool owed_by_edit = record.customer().edit_pending();
  held.notes = same || owed_by_edit ? "" : record.customer().notes();
}

void Invariants::SettledAtStore(const WaitingOperation& operation) {
  if (settled_before_restore_.count({operation.request_id, operation.digest}) == 0) return;
  acknowledged_edits_.Excuse(Uuid::FromBytes(operation.request_id));
  KnownCustomer* const customer = model_.Find(operation.customer);
  if (customer == nullptr) return;
  for (CreateVariant& variant : customer->variants) {
    if (variant.digest == operation.digest && !IsDurable(*customer, variant)) {
      variant.excused = true;
    }
  }
  for (CreatedAddress& address : customer->created_addresses) {
    if (address.digest == operation.digest && !IsDurable(*customer, address)) {
      address.excused = true;
    }
  }
}

void Invariants::EditAcknowledged(AcknowledgedEdit edit) {
  // HQ's answer was on its way when HQ was restored: it remembers no such request, and the store
  // offers what it has stored, if it has.
  const bool lost = IsOfLostHistory(edit.notes) && !EditIsSettled(edit) && !EditIsUnderWay(edit);
  if (!lost) acknowledged_edits_.Add(std::move(edit));
}

bool Invariants::IsRestoreConflict(const CustomerId& id, const std::string& notes) const {
  for (const auto& [key, value] : AllRows(hq_->latest(), Table::kMeta)) {
    if (!key.starts_with("hq/restore-conflict/")) continue;
    const auto listed = Parse<storage::v1::RestoreConflictRecord>(value);
    CustomerRecord offered;
    if (listed->offered().key() == id.bytes() &&
        offered.ParseFromString(listed->offered().record()) &&
        offered.customer().notes() == notes) {
      return true;
    }
  }
  return false;
}

bool Invariants::IsWaitedFor(const ChannelNode& channel) const {
  if (hq::NumbersWait(hq_->latest()).value_or(true)) return true;
  if (!recovery_ended_) return false;
  const auto recovery = hq::ReadRecovery(hq_->latest());
  const auto found = recovery->services().find(channel.options().id);
  return found == recovery->services().end() || !found->second.finished();
}

bool Invariants::MayEndRecovery() const {
  const auto recovery = hq::ReadRecovery(hq_->latest());
  if (!recovery.ok()) return false;
  for (const ChannelNode* channel : channels_) {
    const auto found = recovery->services().find(channel->options().id);
    if (found != recovery->services().end() && found->second.finished()) continue;
    for (const auto& [key, value] : AllRows(channel->latest(), Table::kRecords)) {
      if (KindOf(key) == replication::v1::RECORD_KIND_CUSTOMER) {
        const auto held = Parse<CustomerRecord>(value);
        const auto at_hq = CustomerAt(*hq_, Uuid::FromBytes(std::string_view(key).substr(1)));
        const bool has = at_hq.has_value() && at_hq->request_digest() == held->request_digest();
        if (held->version() > 0 && !has) return false;
      } else if (KindOf(key) == replication::v1::RECORD_KIND_ADDRESS) {
        const auto held = Parse<AddressRecord>(value);
        const auto at_hq = hq_->latest().Get(Table::kRecords, key);
        if (held->version() > 0 && (!at_hq.ok() || !at_hq->has_value())) return false;
      }
    }
  }
  return true;
}

void Invariants::RestoreConflictDecided(const std::string& resource, bool take) {
  const auto customer = ParseCustomerName(resource);
  const auto address = ParseAddressName(resource);
  const CustomerId id = customer.ok() ? *customer : address->customer;
  decided_.insert(id);
  KnownCustomer* const known = model_.Find(id);
  if (!take || known == nullptr) return;
  // What HQ has may be of another create: a person gives that up.
  const auto held = CustomerAt(*hq_, id);
  for (CreateVariant& variant : known->variants) {
    if (customer.ok() && held.has_value() && variant.digest == held->request_digest()) {
      variant.excused = true;
    }
  }
  for (CreatedAddress& created : known->created_addresses) {
    if (address.ok() && created.id == address->address) created.excused = true;
  }
}

bool Invariants::IsToBeOffered(const KnownCustomer& customer) const {
  return std::any_of(channels_.begin(), channels_.end(), [&](const ChannelNode* channel) {
    const auto record = CustomerAt(*channel, customer.id);
    if (!record.has_value() || record->version() < customer.version) return false;
    // HQ's answer came after the restore: the store tells of it when it says hello again.
    hq::v1::SubscribeHello hello;
    return IsWaitedFor(*channel) || !channel::TellHistory(channel->latest(), hello).ok() ||
           !hello.answered().empty();
  });
}

void Invariants::CheckTakenBack() {
  for (const auto& [id, held] : held_before_restore_) {
    const auto record = CustomerAt(*hq_, id);
    if (!record.has_value()) {
      context_.Fail("hq", absl::StrCat("didn't take customer ", id.ToString(), " back"));
    } else if (record->version() < held.version) {
      context_.Fail("hq", absl::StrCat("has version ", record->version(), " of ", id.ToString(),
                                       ", its stores had ", held.version));
    } else if (!held.notes.empty() && edits_.count(held.notes) == 0 && decided_.count(id) == 0 &&
               !IsRestoreConflict(id, held.notes)) {
      // HQ has shown them since, whatever came after, or asks a person, or has asked.
      context_.Fail(
          "hq", absl::StrCat("didn't take the edit ", held.notes, " of ", id.ToString(), " back"));
    }
  }
}

}  // namespace comptoir::sim
