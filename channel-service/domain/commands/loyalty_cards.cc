#include "channel-service/domain/commands/loyalty_cards.h"

#include <memory>
#include <utility>

#include "channel-service/domain/commands/forwarding.h"
#include "channel-service/domain/reads/own_customers.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/domain/replication/hq_record.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/customer/requests/errors.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using customer::v1::IssueLoyaltyCardRequest;
using customer::v1::LoyaltyCard;
using customer::v1::TieLoyaltyCardRequest;
using storage::v1::LoyaltyCardRecord;

// Whether the customer is here as HQ's, in a book that is held.
absl::StatusOr<bool> IsHeld(const Reader& reader, const std::string& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, id));
  if (!record.has_value() || record->version() == 0) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const HeldBooks held, ReadHeldBooks(reader));
  return held.HoldAny(record->customer().address_books());
}

// The position rule, for cards: the answer was read later than what the streams of cards have
// brought, and the card is of a customer that is held, or nobody's.
absl::StatusOr<bool> MayStoreCard(const Reader& reader, const HqAnswer<LoyaltyCard>& answer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto cursors, ReadCursors(reader));
  bool receives_cards = false;
  for (const auto& cursor : cursors) {
    if (cursor.membership().job() != replication::v1::JOB_1050_LOYALTY) continue;
    if (cursor.position().sequence() >= answer.position.sequence()) return false;
    receives_cards = true;
  }
  if (!receives_cards || answer.value.customer().empty()) return receives_cards;
  return IsHeld(reader, answer.value.customer());
}

// `issue_digest` is set if the request issued the card; else the card keeps what is known of the
// one that did, and isn't stored if that isn't known.
absl::Status StoreCard(Transaction& transaction, const HqAnswer<LoyaltyCard>& answer,
                       const Uuid& request_id, const std::string& issue_digest) {
  // What RecordOfView() takes has a name and a customer that can be read.
  COMPTOIR_ASSIGN_OR_RETURN(const bool may_store, MayStoreCard(transaction, answer));
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, ParseLoyaltyCardName(answer.value.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindLoyaltyCard(transaction, number));
  if (!may_store || (issue_digest.empty() && !stored.has_value())) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(KeepAnswered(transaction, answer.position));
  COMPTOIR_ASSIGN_OR_RETURN(LoyaltyCardRecord record, RecordOfView(answer.value));
  record.set_request_id(issue_digest.empty() ? stored->request_id()
                                             : std::string(request_id.bytes()));
  record.set_request_digest(issue_digest.empty() ? stored->request_digest() : issue_digest);
  replication::v1::RecordChange change;
  change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
  change.set_key(FoldedLoyaltyCardNumber(number));
  change.set_record(SerializeDeterministically(record));
  change.set_version(record.version());
  return ApplyHqRecord(transaction, change);
}

}  // namespace

void LoyaltyCards::Issue(const IssueLoyaltyCardRequest& request, const CallContext& call,
                         Done<LoyaltyCard> done) {
  IssueLoyaltyCardRequest forwarded = request;
  auto prepared = Prepare(forwarded, call);
  if (!prepared.ok()) return done(prepared.status());
  prepared->issue_digest = forwarded.forwarded().request_digest();
  const auto known = FindIssuedBefore(context_.environment.database.latest(), prepared->request_id,
                                      prepared->issue_digest);
  if (!known.ok()) return done(known.status());
  if (known->has_value()) return done(LoyaltyCardView(**known));
  if (!request.card().customer().empty()) {
    const auto id = ParseCustomerName(request.card().customer(), "card.customer");
    absl::Status synced = id.ok() ? CheckSynced(*id) : id.status();
    if (!synced.ok()) return done(std::move(synced));
  }
  Forward(&HqClient::IssueLoyaltyCard, forwarded, *prepared, std::move(done));
}

void LoyaltyCards::Tie(const TieLoyaltyCardRequest& request, const CallContext& call,
                       Done<LoyaltyCard> done) {
  TieLoyaltyCardRequest forwarded = request;
  const auto prepared = Prepare(forwarded, call);
  if (!prepared.ok()) return done(prepared.status());
  const auto id = ParseCustomerName(request.customer(), "customer");
  absl::Status synced = id.ok() ? CheckSynced(*id) : id.status();
  if (!synced.ok()) return done(std::move(synced));
  Forward(&HqClient::TieLoyaltyCard, forwarded, *prepared, std::move(done));
}

absl::StatusOr<LoyaltyCard> LoyaltyCards::Get(
    const customer::v1::GetLoyaltyCardRequest& request) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel,
                            context_.channels.Trusted(request.channel()));
  const Reader& reader = context_.environment.database.latest();
  return GetLoyaltyCard(reader, request.name(), ShownIn(reader, context_.channels, channel));
}

absl::StatusOr<customer::v1::ListLoyaltyCardsResponse> LoyaltyCards::List(
    const customer::v1::ListLoyaltyCardsRequest& request) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel,
                            context_.channels.Trusted(request.channel()));
  const std::unique_ptr<Reader> reader = context_.environment.database.NewReader();
  return ListLoyaltyCards(*reader, request, ShownIn(*reader, context_.channels, channel));
}

absl::Status LoyaltyCards::RefuseToBlock(std::string_view channel) const {
  COMPTOIR_RETURN_IF_ERROR(context_.channels.Trusted(channel).status());
  return MakeError(Reason::kPermissionDenied, "Cards are blocked and unblocked at HQ.");
}

template <typename Request>
absl::StatusOr<LoyaltyCards::Call> LoyaltyCards::Prepare(Request& request,
                                                         const CallContext& call) const {
  COMPTOIR_RETURN_IF_ERROR(PrepareForwarding(context_, request));
  Call prepared{.call = call};
  COMPTOIR_ASSIGN_OR_RETURN(prepared.request_id, RequestIdOf(context_, request));
  return prepared;
}

template <typename Request>
void LoyaltyCards::Forward(HqMethod<Request, LoyaltyCard> method, const Request& request,
                           const Call& prepared, Done<LoyaltyCard> done) {
  if (!context_.link.online()) return done(HqUnreachable());
  const auto call = ContextForHq(context_, prepared.call, HqPatience::kWithoutFallback);
  if (!call.ok()) return done(call.status());
  CallHq<Request, LoyaltyCard>(
      context_, alive_, method, request, *call,
      [this, prepared, done = std::move(done)](absl::StatusOr<HqAnswer<LoyaltyCard>> answer) {
        HqAnswered(prepared, std::move(answer), done);
      });
}

void LoyaltyCards::HqAnswered(const Call& prepared, absl::StatusOr<HqAnswer<LoyaltyCard>> answer,
                              Done<LoyaltyCard> done) {
  if (!answer.ok()) return done(ErrorOfEdit(answer.status(), prepared.request_id));
  // What HQ did cannot be read here; its feed will bring it.
  if (!RecordOfView(answer->value).ok()) return done(OutcomeUnknown(prepared.request_id));
  const LoyaltyCard reply = answer->value;
  context_.environment.submitter.Submit(
      prepared.call.priority,
      [prepared, answer = *std::move(answer)](Transaction& transaction) {
        return StoreCard(transaction, answer, prepared.request_id, prepared.issue_digest);
      },
      alive_.Guard([this, reply, done = std::move(done)](absl::Status status) {
        if (!status.ok()) return done(std::move(status));
        context_.listener.CustomersChanged();
        done(reply);
      }));
}

absl::Status LoyaltyCards::CheckSynced(const CustomerId& id) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                            FindCustomer(context_.environment.database.latest(), id));
  if (record.has_value()) return CheckIsAtHq(record->customer());
  return CustomerNotFound(CustomerName(id));
}

}  // namespace comptoir::channel
