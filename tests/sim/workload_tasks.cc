// What a POS may want of its store: one task of each kind.

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "tests/sim/setup.h"
#include "tests/sim/workload_impl.h"

namespace comptoir::sim {

namespace {

using customer::v1::Address;
using customer::v1::CreateAddressRequest;
using customer::v1::Customer;
using customer::v1::DeactivateAddressRequest;
using customer::v1::EnsureSynchronizedRequest;
using customer::v1::UpdateAddressRequest;
using customer::v1::UpdateCustomerRequest;

}  // namespace

Workload::Task Workload::Choose(Pos& pos) {
  if (options_.cards && random_.OneIn(8)) return WorkWithCards(pos);
  const uint64_t dice = random_.Below(100);
  if (dice < 29) return CreateCustomer(pos);
  if (dice < 32) return BatchCreateCustomers(pos);
  if (dice < 36) return CreateFromForm(pos);
  if (dice < 44) return RepeatCreate(pos);
  if (dice < 49) return ReuseRequestId(pos);
  if (dice < 62) return UpdateCustomer(pos);
  if (dice < 70) return CreateAddress(pos);
  if (dice < 75) return UpdateAddress(pos);
  if (dice < 79) return DeactivateAddress(pos);
  if (dice < 87) return GetCustomer(pos);
  if (dice < 93) return SearchCustomers(pos);
  if (dice < 95) return ListCustomers(pos);
  if (dice < 97) return WatchCustomer(pos);
  if (dice < 99) return EnsureSynchronized(pos);
  return ListAddresses(pos);
}

KnownCustomer* Workload::AnyCustomer(const Pos& pos) {
  std::vector<KnownCustomer*> known = model_.ShownBy(*pos.home);
  if (known.empty()) return nullptr;
  return known[random_.Below(known.size())];
}

Workload::Task Workload::UpdateCustomer(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  UpdateCustomerRequest request;
  request.set_channel(pos.channel);
  Customer& customer = *request.mutable_customer();
  customer.set_name(CustomerName(known->id));
  const std::string notes = absl::StrCat("n", ++last_word_);
  customer.set_notes(notes);
  request.mutable_update_mask()->add_paths("notes");
  if (random_.OneIn(3)) {
    customer.mutable_phone()->set_number(absl::StrCat("06 11 ", 10 + random_.Below(90), " 22 33"));
    request.mutable_update_mask()->add_paths("phone");
  }
  if (random_.OneIn(4)) {
    (*customer.mutable_attributes())[std::string(kAttribute)] =
        absl::StrCat(20 + random_.Below(31));
    request.mutable_update_mask()->add_paths("attributes");
  }
  // Refused while F1 is off, unless nothing new comes of it.
  if (random_.OneIn(4)) {
    AddContacts(customer, known->word);
    request.mutable_update_mask()->add_paths("secondary_emails");
  }
  // Born today: HQ refuses that if its clock is behind.
  if (random_.OneIn(6)) {
    customer.set_birth_date(
        absl::FormatTime("%Y-%m-%d", context_.scheduler().now(), absl::UTCTimeZone()));
    request.mutable_update_mask()->add_paths("birth_date");
  }
  // A store cannot take away what it doesn't see.
  if (random_.OneIn(8)) request.mutable_update_mask()->add_paths("affiliations");
  if (random_.OneIn(2)) request.set_etag(known->etag);
  const bool has_id = !random_.OneIn(6);
  if (has_id) request.set_request_id(NewUuid(random_).ToString());
  return Calling<UpdateCustomerRequest, Customer>(
      &channel::ChannelService::UpdateCustomer, request, known, has_id,
      [this, known, request](ChannelNode& node, const Expectation& expected,
                             const absl::StatusOr<Customer>& answer) {
        CustomerEdited(*known, request, node, answer);
        model_.CustomerAnswered(*known, node, expected, answer);
      });
}

void Workload::CustomerEdited(KnownCustomer& known, const UpdateCustomerRequest& request,
                              ChannelNode& node, const absl::StatusOr<Customer>& answer) {
  const std::string& notes = request.customer().notes();
  const bool committed = invariants_.EditWasCommitted(notes);
  // A repeated edit answers its outcome, not that somebody has changed the record: that was itself.
  // With F5 a store knows of its own edits only.
  // Nor does a restored HQ know what it has lost.
  if (ReasonOf(answer.status()) == Reason::kEtagMismatch && committed &&
      !invariants_.IsOfLostHistory(notes) && !invariants_.edits_switched()) {
    context_.Fail(node.name(), absl::StrCat("refused the committed edit ", notes));
  }
  if (!answer.ok()) return;
  const auto request_id = Uuid::Parse(request.request_id());
  if (!request_id.ok()) {
    if (!committed && !answer->edit_pending()) {
      context_.Fail(node.name(),
                    absl::StrCat("acknowledged the edit ", notes, ", which nobody has"));
    }
    return;
  }
  const AcknowledgedEdit edit{.customer = known.id,
                              .request_id = *request_id,
                              .digest = model_.DigestOf(request),
                              .notes = notes};
  if (!committed && !answer->edit_pending() && !invariants_.EditIsSettled(edit)) {
    context_.Fail(node.name(),
                  absl::StrCat("acknowledged the edit ", notes, ", which HQ doesn't have"));
  }
  invariants_.EditAcknowledged(edit);
}

// What HQ has made in real time it remembers as well.
template <typename Request>
void Workload::AddressEdited(KnownCustomer& known, const Request& request,
                             const absl::StatusOr<Address>& answer) {
  if (!answer.ok() || !answer->edit_pending()) return;
  AcknowledgedEdit edit{.customer = known.id,
                        .request_id = *Uuid::Parse(request.request_id()),
                        .digest = model_.DigestOf(request)};
  // One that changed nothing leaves nothing behind, though the address may show others.
  if (invariants_.EditIsSettled(edit) || invariants_.EditIsUnderWay(edit)) {
    invariants_.EditAcknowledged(std::move(edit));
  }
}

Workload::Task Workload::CreateAddress(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  CreateAddressRequest request;
  request.set_channel(pos.channel);
  request.set_parent(CustomerName(known->id));
  *request.mutable_address() = NewAddress();
  AddressId id = NewUuid(random_);
  if (!known->created_addresses.empty() && random_.OneIn(12)) {
    id = known->created_addresses[random_.Below(known->created_addresses.size())].id;
  }
  request.mutable_address()->set_name(AddressName({.customer = known->id, .address = id}));
  ++known->addresses_sent;
  return Calling<CreateAddressRequest, Address>(
      &channel::ChannelService::CreateAddress, request, known, true,
      [this, known, id, request](ChannelNode& node, const Expectation&,
                                 const absl::StatusOr<Address>& answer) {
        model_.AddressCreated(*known, id, request, node, answer);
      });
}

Workload::Task Workload::UpdateAddress(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr || known->addresses.empty()) return Task();
  const KnownAddress address = known->addresses[random_.Below(known->addresses.size())];
  UpdateAddressRequest request;
  request.set_channel(pos.channel);
  *request.mutable_address() = NewAddress();
  request.mutable_address()->set_name(AddressName({.customer = known->id, .address = address.id}));
  for (const char* path : {"city", "attention_to", "primary"}) {
    request.mutable_update_mask()->add_paths(path);
  }
  if (random_.OneIn(2)) request.set_etag(address.etag);
  request.set_request_id(NewUuid(random_).ToString());
  return Calling<UpdateAddressRequest, Address>(
      &channel::ChannelService::UpdateAddress, request, known, true,
      [this, known, request, id = address.id](ChannelNode& node, const Expectation&,
                                              const absl::StatusOr<Address>& answer) {
        AddressEdited(*known, request, answer);
        model_.AddressAnswered(*known, id, node, answer);
      });
}

Workload::Task Workload::DeactivateAddress(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr || known->addresses.empty()) return Task();
  const KnownAddress address = known->addresses[random_.Below(known->addresses.size())];
  DeactivateAddressRequest request;
  request.set_channel(pos.channel);
  request.set_name(AddressName({.customer = known->id, .address = address.id}));
  if (random_.OneIn(2)) request.set_etag(address.etag);
  request.set_request_id(NewUuid(random_).ToString());
  return Calling<DeactivateAddressRequest, Address>(
      &channel::ChannelService::DeactivateAddress, request, known, true,
      [this, known, request, id = address.id](ChannelNode& node, const Expectation&,
                                              const absl::StatusOr<Address>& answer) {
        AddressEdited(*known, request, answer);
        model_.AddressAnswered(*known, id, node, answer);
      });
}

Workload::Task Workload::EnsureSynchronized(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  EnsureSynchronizedRequest request;
  request.set_channel(pos.channel);
  request.set_name(CustomerName(known->id));
  return Calling<EnsureSynchronizedRequest, Customer>(
      &channel::ChannelService::EnsureSynchronized, request, known, true,
      [this, known](ChannelNode& node, const Expectation& expected,
                    const absl::StatusOr<Customer>& answer) {
        if (answer.ok() && answer->state() != customer::v1::CUSTOMER_STATE_SYNCED) {
          context_.Fail(node.name(), absl::StrCat(known->word, " isn't synchronized"));
        }
        model_.CustomerAnswered(*known, node, expected, answer);
      });
}

}  // namespace comptoir::sim
