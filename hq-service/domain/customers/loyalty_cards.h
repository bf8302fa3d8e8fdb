// Loyalty cards at HQ, the one place that issues, ties, blocks and unblocks them. Each card has one
// number, was issued by one request, and once it has a customer keeps it. It is where its customer
// is; one that is nobody's is in every store (customer_feeds.h). (Y2)
//
// Repeating a request returns the card as it is now and has no second effect. The request that
// issued a card is remembered with it for ever, the others as edits are.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_LOYALTY_CARDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_LOYALTY_CARDS_H_

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/domain/answered.h"
#include "hq-service/domain/customers/edits.h"

namespace comptoir::hq {

// CUSTOMER_PENDING, LOYALTY_BLOCKED, LOYALTY_NUMBER_TAKEN, LOYALTY_NUMBER_REQUIRED and what keeps
// the number sequence from giving a number; nothing is stored then.
absl::StatusOr<Answered<customer::v1::LoyaltyCard>> IssueLoyaltyCard(
    Transaction& transaction, const customer::v1::IssueLoyaltyCardRequest& request,
    const EditContext& context);

// LOYALTY_CARD_TIED if it is another customer's. One that is this customer's stays as it is.
absl::StatusOr<Answered<customer::v1::LoyaltyCard>> TieLoyaltyCard(
    Transaction& transaction, const customer::v1::TieLoyaltyCardRequest& request,
    const EditContext& context);

absl::StatusOr<Answered<customer::v1::LoyaltyCard>> BlockLoyaltyCard(
    Transaction& transaction, const customer::v1::BlockLoyaltyCardRequest& request,
    const EditContext& context);
absl::StatusOr<Answered<customer::v1::LoyaltyCard>> UnblockLoyaltyCard(
    Transaction& transaction, const customer::v1::UnblockLoyaltyCardRequest& request,
    const EditContext& context);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_LOYALTY_CARDS_H_
