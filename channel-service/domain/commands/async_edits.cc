#include "channel-service/domain/commands/async_edits.h"

#include <utility>

#include "channel-service/domain/commands/captured_edit.h"
#include "channel-service/domain/data_filter.h"
#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/names.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::DeactivateAddressRequest;
using customer::v1::UpdateAddressRequest;
using customer::v1::UpdateCustomerRequest;

}  // namespace

void AsyncEdits::UpdateCustomer(const UpdateCustomerRequest& request, const CallContext& call,
                                Done<Customer> done) {
  Edit<UpdateCustomerRequest, Customer>(&Edits::UpdateCustomer, request, call, std::move(done));
}

void AsyncEdits::UpdateAddress(const UpdateAddressRequest& request, const CallContext& call,
                               Done<Address> done) {
  Edit<UpdateAddressRequest, Address>(&Edits::UpdateAddress, request, call, std::move(done));
}

void AsyncEdits::DeactivateAddress(const DeactivateAddressRequest& request, const CallContext& call,
                                   Done<Address> done) {
  Edit<DeactivateAddressRequest, Address>(&Edits::DeactivateAddress, request, call,
                                          std::move(done));
}

template <typename Request, typename View>
void AsyncEdits::Edit(EditsMethod<Request, View> in_real_time, const Request& request,
                      const CallContext& call, Done<View> done) {
  const auto channel = context_.channels.Configured(request.channel());
  if (!channel.ok()) return done(channel.status());
  // Where customer data is filtered nothing of it may wait in the outbox. (S9)
  const bool asynchronous =
      (*channel)->configuration.features.contains("F5") && !context_.channels.filtered();
  // Without an id it cannot be a repetition.
  if (!asynchronous && request.request_id().empty()) {
    return (edits_.*in_real_time)(request, call, std::move(done));
  }
  auto edit = Prepare(request, **channel);
  if (!edit.ok()) return done(edit.status());
  if (asynchronous) return Commit<Request, View>(request, *edit, call, std::move(done));
  // Captured while the feature was on, and repeated now: it isn't made a second time.
  auto committed =
      FindCommitted(context_.environment.database.latest(), request, *edit, call.language);
  if (!committed.ok()) return done(committed.status());
  if (committed->has_value()) return done(**std::move(committed));
  (edits_.*in_real_time)(request, call, std::move(done));
}

template <typename Request>
absl::StatusOr<OwnEdit> AsyncEdits::Prepare(const Request& request,
                                            const ConfiguredChannel& channel) const {
  OwnEdit edit{.request_digest = RequestDigest(channel.digest_key, request),
               .channel = channel.configuration,
               .time = context_.environment.clock.Now()};
  if (request.request_id().empty()) {
    edit.request_id = NewUuid(context_.environment.random);
    return edit;
  }
  COMPTOIR_ASSIGN_OR_RETURN(edit.request_id, ParseRequestId(request.request_id()));
  return edit;
}

template <typename Request, typename View>
void AsyncEdits::Commit(const Request& request, const OwnEdit& edit, const CallContext& call,
                        Done<View> done) {
  SubmitFor<EditReply<View>>(
      context_.environment.submitter, call.priority,
      [request, edit, language = call.language,
       operations_max = context_.options.outbox_operations_max](
          Transaction& transaction) -> absl::StatusOr<EditReply<View>> {
        COMPTOIR_RETURN_IF_ERROR(CheckMayStore(transaction));
        return CaptureEdit(transaction, request, edit, operations_max, language);
      },
      alive_.Guard([this, done = std::move(done)](absl::StatusOr<EditReply<View>> reply) {
        if (!reply.ok()) return done(reply.status());
        if (reply->is_new) {
          context_.listener.OutboxGrew();
          context_.listener.CustomersChanged();
        }
        done(std::move(reply->view));
      }));
}

}  // namespace comptoir::channel
