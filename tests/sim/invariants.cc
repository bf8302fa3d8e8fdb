#include "tests/sim/invariants.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/address_books.h"
#include "common/customer/customer_index.h"
#include "common/customer/customers.h"
#include "common/customer/loyalty_cards.h"
#include "common/customer/record_io.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/memberships.h"
#include "hq-service/domain/recovery.h"
#include "hq-service/domain/settling.h"
#include "hq-service/domain/staged_operations.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

namespace {

using replication::v1::OPERATION_STATE_REFUSED;
using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// Keys of table index that don't belong to records begin here.
constexpr uint8_t kOtherIndexTags = 0x80;

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
      acknowledged_edits_.CheckShown(channel, operation.customer);
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
  if (why.empty() && hq::NumbersWait(hq_->latest()).value_or(true)) why = "hq recovers";
  return why;
}

bool Invariants::IsQuiet() { return WhyNotQuiet().empty(); }

void Invariants::CheckHealed() {
  CheckNow();
  const std::string why = WhyNotQuiet();
  if (!why.empty()) context_.Fail("world", absl::StrCat("not healed: ", why));
  for (ChannelNode* channel : channels_) CheckOperationsHealed(*channel);
  CheckCustomersAtHq();
  CheckTakenBack();
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
      if (operation.kind() != "create_customer") continue;
      reasons[operation.customer()] = operation.reason();
    }
  });
  if (!answered) context_.Fail(channel.name(), "didn't list its unsettled operations");
  for (const auto& [key, operation] : operations_[&channel]) {
    if (!operation.is_create) continue;
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
    // What people had decided about one before HQ was restored is lost; its store knows. A database
    // that keeps no customers isn't given back what it had lost.
    if (!shown && !hq_restored_ && !model_.SomeForget()) {
      context_.Fail("hq", absl::StrCat("keeps an operation of ", operation.customer.ToString(),
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
    CheckConsentAtHq(record);
  }
}

// The history of consent, told from its beginning, ends with what the customer says now. (C6)
void Invariants::CheckConsentAtHq(const CustomerRecord& record) {
  const CustomerId id = ParseCustomerName(record.customer().name()).value();
  std::map<std::string, customer::v1::ConsentState> told;
  COMPTOIR_CHECK_OK(hq_->latest().Scan(
      Table::kRecords,
      PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CONSENT_CHANGE).Id(id).key()),
      [&](std::string_view, std::string_view value) {
        const auto change = ParseRecord<storage::v1::ConsentChangeRecord>(value)->change();
        auto& state = told[change.contact()];
        if (change.before().state() != state) {
          context_.Fail("hq", absl::StrCat("a change of consent of ", id.ToString(),
                                           " doesn't follow on the one before"));
        }
        state = change.after().state();
        return true;
      }));
  std::map<std::string, customer::v1::ConsentState> held;
  const auto hold = [&](const std::string& contact, const customer::v1::Consent& consent) {
    if (!contact.empty()) held[contact] = consent.state();
  };
  hold(record.customer().email().address(), record.customer().email().consent());
  for (const auto& email : record.customer().secondary_emails()) {
    hold(email.address(), email.consent());
  }
  const auto unsaid = [](const auto& entry) {
    return entry.second == customer::v1::CONSENT_STATE_UNSPECIFIED;
  };
  std::erase_if(told, unsaid);
  std::erase_if(held, unsaid);
  if (told != held) {
    context_.Fail("hq", absl::StrCat("the history of consent of ", id.ToString(),
                                     " doesn't end with what it says now"));
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
    } else if (KindOf(key) == replication::v1::RECORD_KIND_LOYALTY_CARD) {
      entries = LoyaltyCardIndexEntries(*Parse<storage::v1::LoyaltyCardRecord>(value));
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
