#include "tests/sim/model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/pending.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/digest.h"
#include "tests/sim/setup.h"

namespace comptoir::sim {

namespace {

using customer::v1::Address;
using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;

// A failure that says nothing about the request: it may be repeated.
bool IsFailure(const absl::Status& status) { return !status.ok() && !IsRefusal(status); }

bool AsksForFeatures(const Customer& customer) {
  return customer.email().has_consent() || !customer.secondary_emails().empty();
}

}  // namespace

namespace {

// Without the mark of edits that HQ doesn't have yet.
template <typename View>
View OfHq(View view) {
  view.set_etag(view.etag().substr(0, view.etag().find('+')));
  return view;
}

}  // namespace

std::optional<uint64_t> VersionOf(const Customer& view) {
  const auto record = RecordOfView(OfHq(view), "");
  if (!record.ok()) return std::nullopt;
  return record->version();
}

std::optional<uint64_t> VersionOf(const Address& view) {
  const auto record = RecordOfView(OfHq(view), "");
  if (!record.ok()) return std::nullopt;
  return record->version();
}

Model::Model(Context& context, std::string digest_key)
    : context_(context), digest_key_(std::move(digest_key)), cards_(context) {}

KnownCustomer* Model::Find(const CustomerId& id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<KnownCustomer*> Model::ShownBy(const Node& node) {
  std::vector<KnownCustomer*> shown;
  if (MayForget(node)) return shown;
  for (KnownCustomer& customer : customers_) {
    if (customer.shown.count(&node) > 0) shown.push_back(&customer);
  }
  return shown;
}

std::vector<KnownCustomer*> Model::ShownBy(const ChannelNode& node, const std::string& channel) {
  std::vector<KnownCustomer*> shown = ShownBy(node);
  std::erase_if(shown,
                [&](const KnownCustomer* customer) { return !MustShow(*customer, node, channel); });
  return shown;
}

bool Model::MustShow(const KnownCustomer& customer, const ChannelNode& node,
                     const std::string& channel) const {
  if (node.options().channels.size() == 1) return true;
  const auto held = FindCustomer(node.latest(), customer.id);
  if (!held.ok()) return false;
  // It is for others to find out that it is missing.
  if (!held->has_value()) return true;
  if ((*held)->version() > 0 && !address_books_in_play_) return true;
  const auto items = channel::OperationsOfCustomer(node.latest(), customer.id);
  return items.ok() && std::any_of(items->begin(), items->end(), [&](const auto& item) {
           return item.entry.operation().channel() == channel;
         });
}

Expectation Model::Expect(const KnownCustomer& customer, const ChannelNode& node,
                          const std::string& channel) const {
  const auto removals = customer.removals.find(&node);
  Expectation expected{.hq_restored = hq_restored_};
  if (removals != customer.removals.end()) expected.removals = removals->second;
  const auto shown = customer.shown.find(&node);
  if (shown == customer.shown.end() || MayForget(node)) return expected;
  expected.of_others = !MustShow(customer, node, channel);
  if (expected.of_others) return expected;
  expected.found = true;
  expected.version = shown->second;
  expected.content = customer.shown_content.at(&node);
  return expected;
}

void Model::Removed(const Node& node, const CustomerId& id) {
  KnownCustomer* const customer = Find(id);
  if (customer == nullptr) return;
  customer->shown.erase(&node);
  customer->shown_content.erase(&node);
  ++customer->removals[&node];
}

bool Model::WasRemovedSince(const KnownCustomer& customer, const Node& node,
                            const Expectation& expected) {
  const auto removals = customer.removals.find(&node);
  return removals != customer.removals.end() && removals->second != expected.removals;
}

KnownCustomer& Model::AddCustomer(const CreateCustomerRequest& request, std::string word) {
  KnownCustomer& customer = customers_.emplace_back();
  customer.word = std::move(word);
  if (!request.customer().name().empty()) {
    customer.id = ParseCustomerName(request.customer().name()).value();
    by_id_[customer.id] = &customer;
  }
  AddVariant(customer, request);
  return customer;
}

size_t Model::AddVariant(KnownCustomer& customer, const CreateCustomerRequest& request) {
  customer.variants.push_back({.request = request, .digest = RequestDigest(digest_key_, request)});
  return customer.variants.size() - 1;
}

void Model::CreateAnswered(KnownCustomer& customer, size_t variant, Node& node,
                           Expectation expected, const absl::StatusOr<Customer>& answer) {
  CreateVariant& sent = customer.variants[variant];
  const bool restored_meanwhile = hq_restored_ && !expected.hq_restored;
  if (WasRemovedSince(customer, node, expected)) expected = Expectation();
  if (!answer.ok()) {
    if (IsFailure(answer.status())) return;
    const auto reason = ReasonOf(answer.status());
    // What the simulator itself refused is no news; anything else must be a reused id.
    const bool simulated = reason == Reason::kInvalidFields && !expected.found &&
                           !FieldViolationsOf(answer.status()).empty() &&
                           FieldViolationsOf(answer.status())[0].reason == "SIMULATED";
    const bool reused = reason == Reason::kRequestIdReused && customer.variants.size() > 1;
    const bool rejected = reason == Reason::kCustomerRejected && MayBeRejected(customer.id);
    // For a clock that is behind, who was born today will be born tomorrow.
    const bool unborn = reason == Reason::kInvalidFields &&
                        !sent.request.customer().birth_date().empty() &&
                        FieldViolationsOf(answer.status())[0].field == "birth_date";
    // While F1 or F3 is off somewhere on the way. Who shows the customer knows it from this create,
    // unless another create of that UUID has taken its place.
    const bool replaced = customer.variants.size() > 1;
    const bool feature_off =
        reason == Reason::kFeatureOff && AsksForFeatures(sent.request.customer()) &&
        (!expected.found || replaced || expected.content != sent.request.customer().tax_number());
    const bool filtered = reason == Reason::kCustomerDataFiltered && MayForget(node);
    if (!simulated && !reused && !rejected && !unborn && !feature_off && !filtered) {
      context_.Fail(node.name(),
                    absl::StrCat("refused a good create: ", answer.status().ToString()));
    }
    return;
  }
  const auto id = ParseCustomerName(answer->name());
  if (!id.ok()) return context_.Fail(node.name(), "answered a create without a name");
  if (customer.id.is_nil()) {
    customer.id = *id;
    by_id_[customer.id] = &customer;
  } else if (customer.id != *id) {
    return context_.Fail(
        node.name(),
        absl::StrCat("answered the create of ", customer.id.ToString(), " with ", id->ToString()));
  }
  // A node that shows another content refuses, unless HQ's record has replaced a pending one since,
  // or a restored store has got back the create that it had lost when it took the other one.
  const auto creates = channel::RecordsOfUnsettledCreates(node.latest(), customer.id);
  const bool several = creates.ok() && creates->size() > 1;
  const bool may_have_changed =
      expected.version == 0 && (several || answer->state() == customer::v1::CUSTOMER_STATE_SYNCED);
  if (expected.found && expected.content != sent.request.customer().tax_number() &&
      !may_have_changed) {
    return context_.Fail(node.name(), absl::StrCat("took other content for the known customer ",
                                                   customer.id.ToString()));
  }
  // HQ lost it while the answer went through a store that keeps nothing of it.
  const auto held = FindCustomer(node.latest(), customer.id);
  const bool lost = restored_meanwhile && MayForget(node) && held.ok() && !held->has_value();
  if (!sent.acknowledged || sent.excused) sent.excused = lost;
  sent.acknowledged = true;
  if (answer->state() == customer::v1::CUSTOMER_STATE_SYNCED) {
    ++context_.counts().created_synchronously;
  } else {
    ++context_.counts().created_pending;
  }
  if (answer->tax_number() != sent.request.customer().tax_number()) {
    return context_.Fail(
        node.name(),
        absl::StrCat("answered the create of ", customer.id.ToString(), " with another content"));
  }
  Shown(customer, node, expected, *answer);
}

void Model::CustomerAnswered(KnownCustomer& customer, Node& node, Expectation expected,
                             const absl::StatusOr<Customer>& answer) {
  if (WasRemovedSince(customer, node, expected)) {
    expected = Expectation{.of_others = expected.of_others};
  }
  if (answer.ok()) return Shown(customer, node, expected, *answer);
  if (ReasonOf(answer.status()) == Reason::kCustomerNotFound && expected.found && !hq_restored_) {
    context_.Fail(node.name(), absl::StrCat("has forgotten customer ", customer.id.ToString()));
  }
}

void Model::AddressAnswered(KnownCustomer& customer, const AddressId& address, Node& node,
                            const absl::StatusOr<Address>& answer) {
  auto known = std::find_if(customer.addresses.begin(), customer.addresses.end(),
                            [&](const KnownAddress& a) { return a.id == address; });
  if (!answer.ok()) return;
  const auto key = ParseAddressName(answer->name());
  if (!key.ok() || key->address != address || key->customer != customer.id) {
    return context_.Fail(node.name(), "answered with another address");
  }
  // One that is pending comes to HQ with its customer, if that does.
  const uint64_t version = VersionOf(*answer).value_or(0);
  if (version == 0) return;
  if (hq_restored_) {
    // HQ may have lost it while the answer went to a store that didn't keep it.
    const auto held = FindAddress(node.latest(), *key);
    if (!held.ok() || !held->has_value() || (*held)->version() < version) return;
  }
  if (known == customer.addresses.end()) {
    customer.addresses.push_back({.id = address});
    known = std::prev(customer.addresses.end());
  }
  if (version >= known->version) {
    known->version = version;
    known->etag = answer->etag();
  }
}

void Model::AddressCreated(KnownCustomer& customer, const AddressId& address,
                           const customer::v1::CreateAddressRequest& request, Node& node,
                           const absl::StatusOr<Address>& answer) {
  if (answer.ok()) {
    customer.created_addresses.push_back(
        {.id = address, .digest = RequestDigest(digest_key_, request)});
  }
  AddressAnswered(customer, address, node, answer);
}

void Model::Shown(KnownCustomer& customer, Node& node, Expectation expected, const Customer& view) {
  const auto& affiliations = view.affiliations();
  if (std::find(affiliations.begin(), affiliations.end(), kHiddenAffiliation) !=
      affiliations.end()) {
    return context_.Fail(node.name(),
                         absl::StrCat("shows a hidden affiliation of ", customer.id.ToString()));
  }
  const bool synced = view.state() == customer::v1::CUSTOMER_STATE_SYNCED;
  const bool rejected = view.state() == customer::v1::CUSTOMER_STATE_REJECTED;
  const std::optional<uint64_t> version = VersionOf(view);
  if (rejected && (!MayBeRejected(customer.id) || !view.tax_number().empty() ||
                   !view.display_name().empty() || !view.birth_date().empty())) {
    return context_.Fail(node.name(), absl::StrCat("shows ", customer.id.ToString(),
                                                   " as rejected: ", view.ShortDebugString()));
  }
  if ((synced != version.has_value() && !rejected) || synced != !view.account_number().empty()) {
    return context_.Fail(node.name(), absl::StrCat("shows ", customer.id.ToString(),
                                                   " half synced: ", view.ShortDebugString()));
  }
  if (version.value_or(0) < expected.version) {
    return context_.Fail(node.name(),
                         absl::StrCat("shows version ", version.value_or(0), " of ",
                                      customer.id.ToString(), " after ", expected.version));
  }
  // HQ may have it from another create under the same UUID.
  if (!synced && expected.of_others) return;
  // What HQ answered and the store may not hold, or not yet: another store's, or one that isn't
  // HQ's yet, or its own that HQ has in other books by now, and that is pending here until its
  // result comes.
  const auto held = FindCustomer(node.latest(), customer.id);
  const bool holds = held.ok() && held->has_value() &&
                     (!synced || (*held)->version() >= std::max<uint64_t>(1, version.value_or(0)));
  if (!holds) return;
  uint64_t& shown = customer.shown[&node];
  shown = std::max(shown, version.value_or(0));
  customer.shown_content[&node] = view.tax_number();
  if (!synced) {
    if (customer.version == 0) customer.etag = view.etag();
    return;
  }
  SawAccountNumber(node.name(), customer.id, view.account_number());
  customer.account_number = view.account_number();
  if (*version >= customer.version) {
    customer.version = *version;
    customer.etag = view.etag();
  }
}

void Model::SawAccountNumber(std::string_view where, const CustomerId& customer,
                             const std::string& account_number) {
  if (account_number.empty()) return;
  const auto [number, first_number] = number_of_.try_emplace(customer, account_number);
  if (number->second != account_number) {
    return context_.Fail(where, absl::StrCat("customer ", customer.ToString(), " has numbers ",
                                             number->second, " and ", account_number));
  }
  const auto [owner, first_owner] = customer_of_.try_emplace(account_number, customer);
  if (owner->second != customer) {
    context_.Fail(where, absl::StrCat("number ", account_number, " belongs to ",
                                      owner->second.ToString(), " and ", customer.ToString()));
  }
}

void Model::DiskReplaced(const Node& node) {
  for (KnownCustomer& customer : customers_) {
    customer.shown.erase(&node);
    customer.shown_content.erase(&node);
  }
}

}  // namespace comptoir::sim
