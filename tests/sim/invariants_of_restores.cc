// What must come back when HQ's database was restored to an earlier state.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/customer/customers.h"
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
  model_.HqRestored();
  model_.cards().HqRestored(*hq_);
  edits_.clear();
  ReadDisk(*hq_);
  for (ChannelNode* channel : channels_) MayBeGivenBack(*channel);
  for (KnownCustomer& customer : model_.customers()) {
    const auto at_hq = CustomerAt(*hq_, customer.id);
    uint64_t held = at_hq.has_value() ? at_hq->version() : 0;
    for (const ChannelNode* channel : channels_) {
      const auto record = CustomerAt(*channel, customer.id);
      if (record.has_value()) held = std::max(held, record->version());
    }
    if (held == 0) model_.ForgetNumber(customer.id);
    if (held > 0) held_before_restore_[customer.id] = held;
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

void Invariants::CheckTakenBack() {
  for (const auto& [id, version] : held_before_restore_) {
    const auto record = CustomerAt(*hq_, id);
    if (!record.has_value()) {
      context_.Fail("hq", absl::StrCat("didn't take customer ", id.ToString(), " back"));
    } else if (record->version() < version) {
      context_.Fail("hq", absl::StrCat("has version ", record->version(), " of ", id.ToString(),
                                       ", its stores had ", version));
    }
  }
}

}  // namespace comptoir::sim
