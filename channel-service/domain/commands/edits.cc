#include "channel-service/domain/commands/edits.h"

#include <utility>

#include "channel-service/domain/commands/forwarding.h"
#include "channel-service/domain/replication/answers.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/requests/new_address_key.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::CreateAddressRequest;
using customer::v1::Customer;
using customer::v1::DeactivateAddressRequest;
using customer::v1::UpdateAddressRequest;
using customer::v1::UpdateCustomerRequest;

// What the caller sees: HQ's answer, with the phone that a customer without one shows (A5).
absl::StatusOr<Customer> ReplyOf(const Reader& reader, const Customer& answer,
                                 std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, RecordOfView(answer, ""));
  COMPTOIR_ASSIGN_OR_RETURN(Customer view, ReadCustomerView(reader, record, language));
  *view.mutable_warnings() = answer.warnings();
  return view;
}

absl::StatusOr<Address> ReplyOf(const Reader&, const Address& answer, std::string_view) {
  COMPTOIR_RETURN_IF_ERROR(RecordOfView(answer, "").status());
  return answer;
}

}  // namespace

void Edits::UpdateCustomer(const UpdateCustomerRequest& request, const CallContext& call,
                           Done<Customer> done) {
  UpdateCustomerRequest forwarded = request;
  auto edit = Prepare(forwarded);
  if (edit.ok()) edit->call = call;
  Forward(&HqClient::UpdateCustomer, std::move(edit), std::move(forwarded), std::move(done));
}

void Edits::CreateAddress(const CreateAddressRequest& request, const CallContext& call,
                          Done<Address> done) {
  CreateAddressRequest forwarded = request;
  auto edit = Prepare(forwarded);
  if (!edit.ok()) return done(edit.status());
  edit->call = call;
  edit->created_digest = forwarded.forwarded().request_digest();
  const Reader& reader = context_.environment.database.latest();
  const auto known = FindAddress(reader, {edit->customer, edit->request_id});
  if (!known.ok()) return done(known.status());
  const auto customer = FindCustomer(reader, edit->customer);
  if (!customer.ok()) return done(customer.status());
  if (known->has_value() && customer->has_value()) {
    if ((*known)->request_digest() == edit->created_digest) {
      return done(AddressView(**known, **customer));
    }
    return done(MakeError(Reason::kRequestIdReused, "The UUID belongs to another create."));
  }
  Forward(&HqClient::CreateAddress, std::move(edit), std::move(forwarded), std::move(done));
}

void Edits::UpdateAddress(const UpdateAddressRequest& request, const CallContext& call,
                          Done<Address> done) {
  UpdateAddressRequest forwarded = request;
  auto edit = Prepare(forwarded);
  if (edit.ok()) edit->call = call;
  Forward(&HqClient::UpdateAddress, std::move(edit), std::move(forwarded), std::move(done));
}

void Edits::DeactivateAddress(const DeactivateAddressRequest& request, const CallContext& call,
                              Done<Address> done) {
  DeactivateAddressRequest forwarded = request;
  auto edit = Prepare(forwarded);
  if (edit.ok()) edit->call = call;
  Forward(&HqClient::DeactivateAddress, std::move(edit), std::move(forwarded), std::move(done));
}

template <typename Request, typename View>
void Edits::Forward(HqMethod<Request, View> method, absl::StatusOr<Edit> edit, Request request,
                    Done<View> done) {
  if (!edit.ok()) return done(edit.status());
  absl::Status editable = CheckEditable(edit->customer);
  if (!editable.ok()) return done(std::move(editable));
  const auto call = ContextForHq(context_, edit->call, HqPatience::kWithoutFallback);
  if (!call.ok()) return done(call.status());
  CallHq<Request, View>(
      context_, alive_, method, request, *call,
      [this, edit = *std::move(edit), done = std::move(done)](
          absl::StatusOr<HqAnswer<View>> answer) { HqAnswered(edit, std::move(answer), done); });
}

template <typename View>
void Edits::HqAnswered(const Edit& edit, absl::StatusOr<HqAnswer<View>> answer, Done<View> done) {
  if (!answer.ok()) return done(ErrorOfEdit(answer.status(), edit.request_id));
  const Reader& reader = context_.environment.database.latest();
  auto reply = ReplyOf(reader, answer->value, edit.call.language);
  // What HQ did cannot be read here; its feed will bring it.
  if (!reply.ok()) return done(OutcomeUnknown(edit.request_id));
  context_.environment.submitter.Submit(
      edit.call.priority,
      [edit, answer = *std::move(answer)](Transaction& transaction) -> absl::Status {
        // Nobody is shown an earlier version than before.
        COMPTOIR_ASSIGN_OR_RETURN(const bool lesser, IsOfLesserHq(transaction, answer));
        if (lesser) return OutcomeUnknown(edit.request_id);
        if constexpr (std::is_same_v<View, Customer>) {
          return StoreEdited(transaction, answer, edit.customer);
        } else {
          return StoreEdited(transaction, answer, edit.created_digest);
        }
      },
      alive_.Guard([this, reply = *std::move(reply), done = std::move(done)](absl::Status status) {
        if (!status.ok()) return done(std::move(status));
        context_.listener.CustomersChanged();
        done(reply);
      }));
}

absl::StatusOr<Edits::Edit> Edits::Prepare(UpdateCustomerRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(PrepareForwarding(context_, request));
  Edit edit;
  COMPTOIR_ASSIGN_OR_RETURN(edit.customer,
                            ParseCustomerName(request.customer().name(), "customer.name"));
  COMPTOIR_ASSIGN_OR_RETURN(edit.request_id, RequestIdOf(context_, request));
  return edit;
}

absl::StatusOr<Edits::Edit> Edits::Prepare(CreateAddressRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(PrepareForwarding(context_, request));
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key,
                            NewAddressKey(request, context_.environment.random));
  request.mutable_address()->set_name(AddressName(key));
  return Edit{.customer = key.customer, .request_id = key.address};
}

absl::StatusOr<Edits::Edit> Edits::Prepare(UpdateAddressRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(PrepareForwarding(context_, request));
  Edit edit;
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key,
                            ParseAddressName(request.address().name(), "address.name"));
  COMPTOIR_RETURN_IF_ERROR(CheckAtHq(key));
  edit.customer = key.customer;
  COMPTOIR_ASSIGN_OR_RETURN(edit.request_id, RequestIdOf(context_, request));
  return edit;
}

absl::StatusOr<Edits::Edit> Edits::Prepare(DeactivateAddressRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(PrepareForwarding(context_, request));
  Edit edit;
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(request.name()));
  COMPTOIR_RETURN_IF_ERROR(CheckAtHq(key));
  edit.customer = key.customer;
  COMPTOIR_ASSIGN_OR_RETURN(edit.request_id, RequestIdOf(context_, request));
  return edit;
}

absl::Status Edits::CheckAtHq(const AddressKey& key) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                            FindAddress(context_.environment.database.latest(), key));
  // One that isn't here may be at HQ.
  if (!record.has_value() || record->version() != 0) return absl::OkStatus();
  return MakeError(Reason::kCustomerPending, "The address is still being synchronized.",
                   {{"address", AddressName(key)}});
}

absl::Status Edits::CheckEditable(const CustomerId& id) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                            FindCustomer(context_.environment.database.latest(), id));
  // Where customer data is filtered HQ knows which customers there are.
  if (!record.has_value() && !context_.channels.filtered()) {
    return CustomerNotFound(CustomerName(id));
  }
  if (record.has_value()) COMPTOIR_RETURN_IF_ERROR(CheckIsAtHq(record->customer()));
  return context_.link.online() ? absl::OkStatus() : HqUnreachable();
}

}  // namespace comptoir::channel
