#include "hq-service/domain/customers/loyalty_cards.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/limits.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/customer/requests/errors.h"
#include "common/storage/record_io.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::LoyaltyCard;
using storage::v1::CustomerRecord;
using storage::v1::LoyaltyCardRecord;
using AnsweredCard = Answered<LoyaltyCard>;

absl::StatusOr<AnsweredCard> Answer(const Reader& reader, const LoyaltyCardRecord& record) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, LastSequence(reader));
  return AnsweredCard{LoyaltyCardView(record), sequence};
}

absl::Status LoyaltyBlocked(const CustomerId& id) {
  return MakeError(Reason::kLoyaltyBlocked, "The customer is blocked for loyalty enrolment.",
                   {{"customer", CustomerName(id)}});
}

// A customer who may get one more card. `field` is what names it in the request.
absl::Status CheckMayGetCard(const Reader& reader, const CustomerId& id, std::string_view field) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord customer, FindSyncedCustomer(reader, id));
  if (customer.customer().loyalty_enrolment_blocked()) return LoyaltyBlocked(id);
  COMPTOIR_ASSIGN_OR_RETURN(const size_t cards, CountLoyaltyCards(reader, id));
  if (cards < kLoyaltyCardsOfCustomerMax) return absl::OkStatus();
  FieldViolations violations;
  violations.Add(std::string(field), "TOO_MANY", "The customer has as many cards as may be.");
  return violations.ToStatus();
}

absl::StatusOr<bool> GeneratesNumbers(const Reader& reader, const std::string& channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto found,
      ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(channel)));
  if (!found.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto profile,
      ReadRecord<storage::v1::ProfileRecord>(
          reader, Table::kRecords, ProfileRecordKey(IdInName(found->channel().profile()))));
  return profile.has_value() && profile->profile().generate_loyalty_card_numbers();
}

absl::StatusOr<LoyaltyCardRecord> FindCardOfName(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, ParseLoyaltyCardName(name));
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindLoyaltyCard(reader, number));
  if (record.has_value()) return *std::move(record);
  return MakeError(Reason::kLoyaltyCardNotFound, "No such loyalty card.");
}

// REQUIRES: what is stored of it isn't changed yet.
absl::Status StoreCard(Transaction& transaction, const std::optional<LoyaltyCardRecord>& old,
                       LoyaltyCardRecord& record, Sequence sequence, absl::Time now) {
  record.set_version(sequence.value());
  *record.mutable_card()->mutable_update_time() = ToTimestamp(now);
  COMPTOIR_RETURN_IF_ERROR(MoveCardEntries(transaction, old, record, sequence));
  PutLoyaltyCard(transaction, old, record);
  return absl::OkStatus();
}

void Remember(Transaction& transaction, const EditContext& context, uint64_t version) {
  storage::v1::RequestOutcome outcome;
  outcome.set_request_digest(context.request_digest);
  outcome.set_version(version);
  *outcome.mutable_commit_time() = ToTimestamp(context.now);
  RememberRequest(transaction, context.request_id, outcome);
}

struct Named {
  std::string number;  // empty: to be generated
  std::optional<CustomerId> customer;
};

absl::StatusOr<Named> ParseNew(const LoyaltyCard& card) {
  Named named;
  if (!card.name().empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(named.number, ParseLoyaltyCardName(card.name(), "card.name"));
  }
  if (!card.customer().empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(named.customer, ParseCustomerName(card.customer(), "card.customer"));
  }
  return named;
}

// The sequence's next number, if the channel's profile has numbers generated.
absl::StatusOr<NextNumber> GeneratedNumber(const Reader& reader, const std::string& channel) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool generates, GeneratesNumbers(reader, channel));
  if (generates) return PeekLoyaltyCardNumber(reader);
  return MakeError(Reason::kLoyaltyNumberRequired, "The card needs a number.");
}

template <typename Request>
absl::StatusOr<AnsweredCard> SetState(Transaction& transaction, const Request& request,
                                      const EditContext& context,
                                      customer::v1::LoyaltyCardState state) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto done,
                            FindRequest(transaction, context.request_id, context.request_digest));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCardRecord old,
                            FindCardOfName(transaction, request.name()));
  if (done.has_value()) return Answer(transaction, old);
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), LoyaltyCardView(old).etag()));
  LoyaltyCardRecord record = old;
  if (old.card().state() != state) {
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
    record.mutable_card()->set_state(state);
    COMPTOIR_RETURN_IF_ERROR(StoreCard(transaction, old, record, sequence, context.now));
  }
  Remember(transaction, context, record.version());
  return Answer(transaction, record);
}

}  // namespace

absl::StatusOr<AnsweredCard> IssueLoyaltyCard(Transaction& transaction,
                                              const customer::v1::IssueLoyaltyCardRequest& request,
                                              const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const Named named, ParseNew(request.card()));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto issued, FindIssuedBefore(transaction, context.request_id, context.request_digest));
  if (issued.has_value()) return Answer(transaction, *issued);
  // Another mutation may have had this id.
  COMPTOIR_RETURN_IF_ERROR(
      FindRequest(transaction, context.request_id, context.request_digest).status());
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, ResolveChannelOr(transaction, request.channel()));
  if (named.customer.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(CheckMayGetCard(transaction, *named.customer, "card.customer"));
  }
  std::string number = named.number;
  std::optional<NextNumber> generated;
  if (number.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(generated, GeneratedNumber(transaction, channel.channel));
    number = generated->text;
  } else {
    COMPTOIR_ASSIGN_OR_RETURN(const auto taken, FindLoyaltyCard(transaction, number));
    if (taken.has_value()) {
      return MakeError(Reason::kLoyaltyNumberTaken, "Another card has this number.");
    }
  }

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  LoyaltyCardRecord record;
  record.set_request_id(std::string(context.request_id.bytes()));
  record.set_request_digest(context.request_digest);
  LoyaltyCard& card = *record.mutable_card();
  card.set_name(LoyaltyCardName(number));
  if (named.customer.has_value()) card.set_customer(CustomerName(*named.customer));
  card.set_state(customer::v1::LOYALTY_CARD_STATE_ACTIVE);
  card.set_channel(channel.channel);
  *card.mutable_create_time() = ToTimestamp(context.now);
  if (generated.has_value()) TakeNumber(transaction, *generated);
  COMPTOIR_RETURN_IF_ERROR(StoreCard(transaction, std::nullopt, record, sequence, context.now));
  Remember(transaction, context, sequence.value());
  return Answer(transaction, record);
}

absl::StatusOr<AnsweredCard> TieLoyaltyCard(Transaction& transaction,
                                            const customer::v1::TieLoyaltyCardRequest& request,
                                            const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(request.customer(), "customer"));
  COMPTOIR_ASSIGN_OR_RETURN(const auto done,
                            FindRequest(transaction, context.request_id, context.request_digest));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCardRecord old,
                            FindCardOfName(transaction, request.name()));
  if (done.has_value()) return Answer(transaction, old);
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), LoyaltyCardView(old).etag()));
  COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(transaction, request.channel()).status());
  LoyaltyCardRecord record = old;
  if (old.card().customer() != CustomerName(id)) {
    if (!old.card().customer().empty()) {
      return MakeError(Reason::kLoyaltyCardTied, "The card is another customer's.");
    }
    if (old.card().state() == customer::v1::LOYALTY_CARD_STATE_BLOCKED) {
      return MakeError(Reason::kLoyaltyCardBlocked, "The card is blocked.");
    }
    COMPTOIR_RETURN_IF_ERROR(CheckMayGetCard(transaction, id, "customer"));
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
    record.mutable_card()->set_customer(CustomerName(id));
    COMPTOIR_RETURN_IF_ERROR(StoreCard(transaction, old, record, sequence, context.now));
  }
  Remember(transaction, context, record.version());
  return Answer(transaction, record);
}

absl::StatusOr<AnsweredCard> BlockLoyaltyCard(Transaction& transaction,
                                              const customer::v1::BlockLoyaltyCardRequest& request,
                                              const EditContext& context) {
  return SetState(transaction, request, context, customer::v1::LOYALTY_CARD_STATE_BLOCKED);
}

absl::StatusOr<AnsweredCard> UnblockLoyaltyCard(
    Transaction& transaction, const customer::v1::UnblockLoyaltyCardRequest& request,
    const EditContext& context) {
  return SetState(transaction, request, context, customer::v1::LOYALTY_CARD_STATE_ACTIVE);
}

}  // namespace comptoir::hq
