#include "tests/sim/invariants.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/outbox_keys.h"
#include "common/customer/address_books.h"
#include "common/customer/records/customers.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

namespace {

using replication::v1::OPERATION_STATE_REFUSED;
using replication::v1::RECORD_KIND_CUSTOMER;
using storage::v1::CustomerRecord;

}  // namespace

Invariants::Invariants(Context& context, Model& model)
    : context_(context), model_(model), acknowledged_edits_(context) {}

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
    acknowledged_edits_.HqCrashed();
    for (KnownCustomer& customer : model_.customers()) {
      for (CreateVariant& variant : customer.variants) variant.at_hq = false;
      for (CreatedAddress& address : customer.created_addresses) address.at_hq = false;
      if (customer.version == 0) continue;
      // HQ may not have taken it back yet.
      const auto lost = held_before_restore_.find(customer.id);
      if (lost != held_before_restore_.end() && customer.version <= lost->second.version) {
        continue;
      }
      if (hq_restored_ && IsToBeOffered(customer)) continue;
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
  ExcuseWhatIsLost();
}

void Invariants::LineageDiscarded(ChannelNode& node) {
  Operations operations = std::exchange(operations_[&node], {});
  for (const auto& [key, operation] : operations) {
    if (operation.is_create) model_.OrderDiscard(operation.customer);
  }
  ExcuseWhatIsLost();
  operations_[&node] = std::move(operations);
}

void Invariants::ExcuseWhatIsLost() {
  for (KnownCustomer& customer : model_.customers()) {
    for (CreateVariant& variant : customer.variants) {
      if (variant.acknowledged && !IsDurable(customer, variant)) variant.excused = true;
    }
    for (CreatedAddress& address : customer.created_addresses) {
      if (!IsDurable(customer, address)) address.excused = true;
    }
  }
  acknowledged_edits_.DiskReplaced(hq_->latest(), UnderWay());
}

// It became a customer, under its own UUID or another, or a person gave it up.
bool Invariants::IsSettledAtHq(const KnownCustomer& customer, const CreateVariant& variant) {
  const auto outcome = hq::FindCreateOutcome(hq_->latest(), customer.id, variant.digest);
  return outcome.ok() && outcome->has_value();
}

bool Invariants::IsDurable(const KnownCustomer& customer, const CreateVariant& variant) {
  return variant.at_hq || IsUnderWay(customer.id.bytes(), variant.digest) ||
         IsSettledAtHq(customer, variant) || IsHeld(customer, variant);
}

// It is the customer's, or that of the one who has another UUID at HQ, or a person gave it up.
bool Invariants::IsSettledAtHq(const KnownCustomer& customer, const CreatedAddress& address) {
  const auto outcome =
      hq::FindAddressOutcome(hq_->latest(), {customer.id, address.id}, address.digest);
  return outcome.ok() && outcome->has_value();
}

bool Invariants::IsDurable(const KnownCustomer& customer, const CreatedAddress& address) {
  return address.at_hq || IsUnderWay(address.id.bytes(), address.digest) ||
         IsSettledAtHq(customer, address) || IsHeld(customer, address);
}

bool Invariants::IsUnderWay(std::string_view request_id, std::string_view digest) const {
  for (const auto& [node, operations] : operations_) {
    for (const auto& [key, operation] : operations) {
      if (operation.request_id == request_id && operation.digest == digest) return true;
    }
  }
  return false;
}

bool Invariants::WaitsForAPerson(const WaitingOperation& operation) const {
  // Its create was given up before HQ was restored, which has forgotten that.
  const bool recovered = hq_restored_ && !hq::NumbersWait(hq_->latest()).value_or(true);
  if (recovered && operation.reason == "CUSTOMER_NOT_FOUND") return true;
  if (operation.customer_digest.empty()) return false;
  const Operations& at_hq = operations_.at(hq_);
  return std::any_of(at_hq.begin(), at_hq.end(), [&](const auto& entry) {
    // An edit also waits for one before it.
    if (operation.is_edit && !entry.second.is_create &&
        entry.second.state == OPERATION_STATE_REFUSED &&
        entry.second.customer == operation.customer &&
        entry.second.request_id != operation.request_id) {
      return true;
    }
    return entry.second.is_create && entry.second.state == OPERATION_STATE_REFUSED &&
           entry.second.customer == operation.customer &&
           entry.second.digest == operation.customer_digest;
  });
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
    for (CreatedAddress& address : customer.created_addresses) {
      if (address.excused || address.at_hq) continue;
      if (!IsDurable(customer, address)) {
        context_.Fail("world", absl::StrCat("lost the acknowledged address ", address.id.ToString(),
                                            " of ", customer.id.ToString()));
      }
      address.at_hq = IsSettledAtHq(customer, address);
    }
  }
  acknowledged_edits_.CheckNothingLost(hq_->latest(), UnderWay());
}

void Invariants::CheckNow() {
  if (suspended_) return;
  CheckNothingLost();
  model_.cards().CheckAtHq(*hq_);
  for (ChannelNode* channel : channels_) {
    CheckOwnWorkIsShown(*channel);
    CheckQueues(*channel);
    CheckFiltered(*channel);
  }
}

void Invariants::CheckOwnWorkIsShown(ChannelNode& channel) {
  std::set<CustomerId> worked_on;
  for (const auto& [key, operation] : operations_[&channel]) {
    if (operation.is_edit) {
      acknowledged_edits_.CheckShown(channel, operation.customer, hq_->latest());
      continue;
    }
    if (!operation.is_create) {
      CheckOwnAddressIsShown(channel, operation);
      continue;
    }
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

// With its customer, unless that is another one by now, or was given up.
void Invariants::CheckOwnAddressIsShown(ChannelNode& channel, const WaitingOperation& operation) {
  const auto customer = FindCustomer(channel.latest(), operation.customer);
  if (!customer.ok() || !customer->has_value() ||
      (*customer)->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED ||
      (*customer)->request_digest() != operation.customer_digest) {
    return;
  }
  const AddressId id = Uuid::FromBytes(operation.request_id);
  const auto address = FindAddress(channel.latest(), {operation.customer, id});
  if (!address.ok() || !address->has_value()) {
    context_.Fail(channel.name(),
                  absl::StrCat("doesn't show its own unsettled address ", id.ToString()));
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
  const auto single_creates = channel::HoldsSingleCreates(channel.latest());
  if (!single_creates.ok() || !*single_creates) return;
  std::set<CustomerId> customers;
  for (const auto& [key, operation] : operations) {
    const bool single = operation.is_create && !channel::IsPutBack(key) &&
                        customers.insert(operation.customer).second;
    if (!single) context_.Fail(channel.name(), "says that its outbox holds single creates only");
  }
}

Rows Invariants::VisibleRecords(ChannelNode& channel) {
  HeldBooks held;
  const auto feeds = hq::CustomerFeedsOf(hq_->latest(), channel.options().channels);
  for (const hq::Feed& feed : *feeds) held.Add(feed.book);
  Rows visible = DistributedRecords(hq_->latest());
  std::erase_if(visible, [&](const auto& row) {
    const auto owner = OwnerOf(row.first, row.second);
    if (!owner.has_value()) return false;
    const auto customer = FindCustomer(hq_->latest(), *owner);
    return !held.HoldAny((*customer)->customer().address_books());
  });
  return visible;
}

std::string Invariants::RecordsDiffer(ChannelNode& channel) {
  Rows at_hq = VisibleRecords(channel);
  Rows at_channel = DistributedRecords(channel.latest());
  // A create of its own that was discarded, and that it may not see at HQ: the UUID resolves.
  std::erase_if(at_channel, [&](const auto& row) {
    if (KindOf(row.first) != RECORD_KIND_CUSTOMER || at_hq.count(row.first) > 0) return false;
    const auto record = Parse<CustomerRecord>(row.second);
    return record->version() == 0 &&
           record->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
  });
  // The customer of a refused operation is shown while that is kept, though HQ has no such customer
  // or it has left the store's books.
  for (const auto& [key, operation] : operations_[&channel]) {
    const std::string customer = CustomerRecordKey(operation.customer);
    if (operation.state != OPERATION_STATE_REFUSED || at_hq.count(customer) > 0) continue;
    std::erase_if(at_channel, [&owner = operation.customer](const auto& row) {
      return OwnerOf(row.first, row.second) == owner;
    });
  }
  // A UUID that was given up beside another create's, which is kept itself.
  for (const auto& [key, operation] : operations_[hq_]) {
    const std::string customer = CustomerRecordKey(operation.customer);
    if (operation.state == OPERATION_STATE_REFUSED && at_hq.count(customer) == 0) {
      at_channel.erase(customer);
    }
  }
  LeaveOutEdited(channel, at_hq, at_channel);
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
      if (operation.state != OPERATION_STATE_REFUSED && !WaitsForAPerson(operation)) {
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
    const std::string difference = FilteredDiffers(*channel).value_or(RecordsDiffer(*channel));
    if (!difference.empty()) why = absl::StrCat(channel->name(), ": ", difference);
  }
  if (why.empty()) why = KeptUnseen();
  if (why.empty() && hq::NumbersWait(hq_->latest()).value_or(true)) why = "hq recovers";
  return why;
}

bool Invariants::IsQuiet() { return WhyNotQuiet().empty(); }

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
