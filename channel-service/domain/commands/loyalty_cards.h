// Loyalty cards in a store: issued and tied at HQ in real time, its answer stored before it is
// given, if it may be. Nothing is stored otherwise, and nothing falls back. Reads are of what the
// channel database holds: the cards of its customers, and those that are nobody's. Thread-safe.
// (Y2, L2, S10)
//
// The request id exists before HQ is asked. OUTCOME_UNKNOWN carries it, so that the caller can
// repeat what it cannot know.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_LOYALTY_CARDS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_LOYALTY_CARDS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/hq_call.h"
#include "common/base/uuid.h"
#include "common/customer/requests/call_context.h"
#include "common/customer/requests/names.h"

namespace comptoir::channel {

class LoyaltyCards {
 public:
  explicit LoyaltyCards(const DomainContext& context) : context_(context) {}

  // Repeated with the same request id and content, it is answered from the record, if that is here.
  void Issue(const customer::v1::IssueLoyaltyCardRequest& request, const CallContext& call,
             Done<customer::v1::LoyaltyCard> done);
  void Tie(const customer::v1::TieLoyaltyCardRequest& request, const CallContext& call,
           Done<customer::v1::LoyaltyCard> done);
  absl::StatusOr<customer::v1::LoyaltyCard> Get(
      const customer::v1::GetLoyaltyCardRequest& request) const;
  absl::StatusOr<customer::v1::ListLoyaltyCardsResponse> List(
      const customer::v1::ListLoyaltyCardsRequest& request) const;
  // Cards are blocked and unblocked at HQ.
  absl::Status RefuseToBlock(std::string_view channel) const;

 private:
  // What is under way.
  struct Call {
    Uuid request_id;
    // Of the card, if this issues it.
    std::string issue_digest;
    CallContext call;
  };

  // Names the channel, this service, the digest and the request id in the request.
  template <typename Request>
  absl::StatusOr<Call> Prepare(Request& request, const CallContext& call) const;
  template <typename Request>
  void Forward(HqMethod<Request, customer::v1::LoyaltyCard> method, const Request& request,
               const Call& prepared, Done<customer::v1::LoyaltyCard> done);
  void HqAnswered(const Call& prepared, absl::StatusOr<HqAnswer<customer::v1::LoyaltyCard>> answer,
                  Done<customer::v1::LoyaltyCard> done);
  // A customer of this store whose account number is here. (L2)
  absl::Status CheckSynced(const CustomerId& id) const;

  // Constant after construction.
  const DomainContext& context_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_LOYALTY_CARDS_H_
