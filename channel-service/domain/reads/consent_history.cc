#include "channel-service/domain/reads/consent_history.h"

#include <utility>

#include "channel-service/domain/hq_call.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"

namespace comptoir::channel {
namespace {

using customer::v1::ListConsentChangesRequest;
using customer::v1::ListConsentChangesResponse;

// What the store's own record says is said without HQ. One that it doesn't hold, HQ may.
absl::Status CheckAskable(const Reader& reader, const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, id));
  if (!record.has_value() || record->customer().state() != customer::v1::CUSTOMER_STATE_PENDING) {
    return absl::OkStatus();
  }
  return CustomerPending(CustomerName(id));
}

}  // namespace

void ConsentHistory::List(const ListConsentChangesRequest& request, const CallContext& call,
                          Done<ListConsentChangesResponse> done) {
  const auto channel = context_.channels.Configured(request.channel());
  if (!channel.ok()) return done(channel.status());
  const auto id = ParseCustomerName(request.parent(), "parent");
  if (!id.ok()) return done(id.status());
  absl::Status askable = CheckAskable(context_.environment.database.latest(), *id);
  if (!askable.ok()) return done(std::move(askable));
  if (!context_.link.online()) return done(HqUnreachable());
  const auto limited = ContextForHq(context_, call, HqPatience::kWithoutFallback);
  if (!limited.ok()) return done(limited.status());
  ListConsentChangesRequest asked = request;
  asked.set_channel((*channel)->configuration.channel);
  CallHq<ListConsentChangesRequest, ListConsentChangesResponse>(
      context_, alive_, &HqClient::ListConsentChanges, asked, *limited,
      [done = std::move(done)](absl::StatusOr<HqAnswer<ListConsentChangesResponse>> answer) {
        if (answer.ok()) return done(std::move(answer->value));
        done(RefusalOrUnreachable(answer.status()));
      });
}

}  // namespace comptoir::channel
