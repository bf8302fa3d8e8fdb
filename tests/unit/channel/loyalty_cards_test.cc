#include "common/customer/records/loyalty_cards.h"

#include "common/base/status.h"
#include "common/storage/record_io.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using customer::v1::LoyaltyCard;
using storage::v1::LoyaltyCardRecord;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LoyaltyCardsInAStore : public ChannelTest {
 protected:
  void SetUp() override {
    OpenReady();
    customer_ = CreateSynced(ACustomer().Named("Ada"), "C-00000001");
    id_ = ParseCustomerName(customer_.name()).value();
  }

  Reply<LoyaltyCard> Issue(const std::string& number, const std::string& customer,
                           const std::string& request_id = "") {
    customer::v1::IssueLoyaltyCardRequest request;
    if (!number.empty()) request.mutable_card()->set_name(LoyaltyCardName(number));
    request.mutable_card()->set_customer(customer);
    request.set_request_id(request_id);
    Reply<LoyaltyCard> reply;
    service_->IssueLoyaltyCard(request, {}, reply.done());
    Run();
    return reply;
  }
  Reply<LoyaltyCard> Tie(const std::string& number, const std::string& customer) {
    customer::v1::TieLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    request.set_customer(customer);
    Reply<LoyaltyCard> reply;
    service_->TieLoyaltyCard(request, {}, reply.done());
    Run();
    return reply;
  }
  Reply<LoyaltyCard> GetCard(const std::string& number) {
    customer::v1::GetLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    Reply<LoyaltyCard> reply;
    service_->GetLoyaltyCard(request, {}, reply.done());
    return reply;
  }

  // HQ's card of the issue that waits, at its next sequence.
  LoyaltyCardRecord CardAtHq(const std::string& number) {
    const auto& request = hq_.card_issues.request();
    LoyaltyCardRecord record;
    record.mutable_card()->set_name(LoyaltyCardName(number));
    record.mutable_card()->set_customer(request.card().customer());
    record.mutable_card()->set_state(customer::v1::LOYALTY_CARD_STATE_ACTIVE);
    record.set_request_id(std::string(Uuid::Parse(request.request_id())->bytes()));
    record.set_request_digest(request.forwarded().request_digest());
    record.set_version(NextHqSequence());
    return record;
  }
  HqAnswer<LoyaltyCard> AnswerOf(const LoyaltyCardRecord& record) {
    return {LoyaltyCardView(record), PositionAt(record.version())};
  }
  static replication::v1::Change ChangeOfCard(const LoyaltyCardRecord& record) {
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
    change.set_key(
        FoldedLoyaltyCardNumber(record.card().name().substr(record.card().name().find('/') + 1)));
    change.set_record(SerializeDeterministically(record));
    change.set_version(record.version());
    return ChangeOf(change);
  }
  // HQ has issued it, and it is here.
  LoyaltyCardRecord IssueHere(const std::string& number, const std::string& customer) {
    Issue(number, customer);
    LoyaltyCardRecord record = CardAtHq(number);
    hq_.card_issues.Answer(AnswerOf(record));
    Run();
    return record;
  }
  replication::v1::Change RemovalOfCard(const LoyaltyCardRecord& record) const {
    replication::v1::RecordChange removal = ChangeOfCard(record).record();
    removal.clear_record();
    removal.set_removed(true);
    removal.set_version(hq_sequence_ + 1);
    return ChangeOf(removal);
  }
  replication::v1::Change RemovalOfCustomer() const {
    replication::v1::RecordChange removal;
    removal.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
    removal.set_key(std::string(id_.bytes()));
    removal.set_removed(true);
    removal.set_version(hq_sequence_ + 1);
    return ChangeOf(removal);
  }
  std::string Stored(const std::string& number) {
    return reader().Get(Table::kRecords, LoyaltyCardRecordKey(number)).value().value_or("");
  }
  int Found(const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    Reply<customer::v1::SearchCustomersResponse> reply;
    service_->SearchCustomers(request, {}, reply.done());
    return reply.value().results_size();
  }

  void TakeLinkDown() {
    hq_.probe_answer = absl::UnavailableError("connection refused");
    hq_.uploads.Break(absl::UnavailableError("connection reset"));
    Run();
  }

  Customer customer_;
  CustomerId id_;
};

// HQ issues it; the store holds it before it answers, as the feed will bring it.
TEST_F(LoyaltyCardsInAStore, AreIssuedAtHqAndStoredBeforeTheReply) {
  PROVES("Y2", "V7");
  const auto reply = Issue("", customer_.name());
  EXPECT_FALSE(reply.answered());
  EXPECT_EQ(hq_.card_issues.request().channel(), "052");
  EXPECT_THAT(hq_.card_issues.request().request_id(), SizeIs(36));
  const LoyaltyCardRecord record = CardAtHq("L-1");
  hq_.card_issues.Answer(AnswerOf(record));
  Run();
  EXPECT_EQ(reply.value().name(), "loyaltyCards/L-1");
  EXPECT_EQ(Stored("L-1"), SerializeDeterministically(record));
  EXPECT_EQ(GetCard("l-1").value().etag(), reply.value().etag());
  EXPECT_EQ(Found("L-1"), 1);
}

TEST_F(LoyaltyCardsInAStore, NeedTheAccountNumberHere) {
  PROVES("L2");
  SwitchFeature("F3", true);
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer());
  EXPECT_THAT(*Issue("1", pending.name()), HasReason(Reason::kCustomerPending));
  EXPECT_THAT(*Tie("1", pending.name()), HasReason(Reason::kCustomerPending));
  EXPECT_THAT(*Issue("1", CustomerName(NewId())), HasReason(Reason::kCustomerNotFound));
  EXPECT_EQ(hq_.card_issues.count() + hq_.card_ties.count(), 0);
}

TEST_F(LoyaltyCardsInAStore, NeedHq) {
  PROVES("S10", "Y2");
  TakeLinkDown();
  EXPECT_THAT(*Issue("1", customer_.name()), HasReason(Reason::kHqUnreachable));
  EXPECT_THAT(*Issue("1", ""), HasReason(Reason::kHqUnreachable));
  EXPECT_THAT(*Tie("1", customer_.name()), HasReason(Reason::kHqUnreachable));
  EXPECT_EQ(Stored("1"), "");
  EXPECT_THAT(Operations(), IsEmpty());
}

// HQ issued the card and its answer was lost: repeated with the id that the error names, it is the
// same card; once it is here, HQ isn't asked again, nor needed.
TEST_F(LoyaltyCardsInAStore, LostAnswerIsRepeatedSafely) {
  PROVES("S10", "C10", "Y2");
  const auto lost = Issue("", customer_.name());
  const std::string request_id = hq_.card_issues.request().request_id();
  const std::string digest = hq_.card_issues.request().forwarded().request_digest();
  const LoyaltyCardRecord record = CardAtHq("L-1");
  hq_.card_issues.Answer(absl::DeadlineExceededError("no answer in time"));
  Run();
  EXPECT_THAT(*lost, HasReason(Reason::kOutcomeUnknown));
  EXPECT_THAT(*lost, HasMetadata("request_id", request_id));
  EXPECT_EQ(Stored("L-1"), "") << "nothing is stored";

  const auto repeated = Issue("", customer_.name(), request_id);
  EXPECT_EQ(hq_.card_issues.request().forwarded().request_digest(), digest);
  hq_.card_issues.Answer(AnswerOf(record));
  Run();
  EXPECT_EQ(repeated.value().name(), "loyaltyCards/L-1");
  TakeLinkDown();
  EXPECT_EQ(Issue("", customer_.name(), request_id).value().name(), "loyaltyCards/L-1");
  EXPECT_THAT(*Issue("2", customer_.name(), request_id), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(hq_.card_issues.count(), 2);
}

TEST_F(LoyaltyCardsInAStore, WhatHqSaysIsAnswered) {
  PROVES("Y2");
  for (const Reason reason : {Reason::kLoyaltyNumberTaken, Reason::kLoyaltyBlocked,
                              Reason::kNumberSequenceExhausted, Reason::kLoyaltyNumberRequired}) {
    const auto reply = Issue("", customer_.name());
    hq_.card_issues.Answer(MakeError(reason, "No."));
    Run();
    EXPECT_THAT(*reply, HasReason(reason));
  }
}

// Tied here, the card keeps what is known of the request that issued it; one that isn't here yet
// comes by the feed.
TEST_F(LoyaltyCardsInAStore, TiedCardsAreStoredIfTheyAreHere) {
  PROVES("Y2");
  Issue("1", "");
  LoyaltyCardRecord record = CardAtHq("1");
  hq_.card_issues.Answer(AnswerOf(record));
  Run();
  EXPECT_EQ(Found("1"), 0);
  const auto reply = Tie("1", customer_.name());
  record.mutable_card()->set_customer(customer_.name());
  record.set_version(NextHqSequence());
  hq_.card_ties.Answer(AnswerOf(record));
  Run();
  EXPECT_EQ(reply.value().customer(), customer_.name());
  EXPECT_EQ(Stored("1"), SerializeDeterministically(record));
  EXPECT_EQ(Found("1"), 1);

  Tie("2", customer_.name());
  record.mutable_card()->set_name(LoyaltyCardName("2"));
  record.set_version(NextHqSequence());
  hq_.card_ties.Answer(AnswerOf(record));
  Run();
  EXPECT_EQ(Stored("2"), "");
}

// An answer older than what the stream of cards has brought isn't stored.
TEST_F(LoyaltyCardsInAStore, LateAnswerIsNotStored) {
  PROVES("Y2");
  const auto reply = Issue("1", customer_.name());
  const LoyaltyCardRecord record = CardAtHq("1");
  Deliver(std::vector<replication::v1::Change>());
  hq_.card_issues.Answer(AnswerOf(record));
  Run();
  EXPECT_THAT(*reply, IsOk());
  EXPECT_EQ(Stored("1"), "");
  Deliver({ChangeOfCard(record)});
  EXPECT_EQ(GetCard("1").value().etag(), reply.value().etag());
}

// HQ takes the customer away: its cards go with it, and nobody else's.
TEST_F(LoyaltyCardsInAStore, GoWithTheirCustomer) {
  PROVES("Y2", "V8");
  IssueHere("1", customer_.name());
  IssueHere("2", "");
  EXPECT_NE(Stored("1"), "");
  const auto reply = Issue("3", customer_.name());
  Deliver({RemovalOfCustomer()});
  EXPECT_EQ(Stored("1"), "");
  EXPECT_NE(Stored("2"), "");
  // HQ's answer comes when the customer is gone.
  hq_.card_issues.Answer(AnswerOf(CardAtHq("3")));
  Run();
  EXPECT_THAT(*reply, IsOk());
  EXPECT_EQ(Stored("3"), "");
}

// A card that was everybody's is now a customer's of another store.
TEST_F(LoyaltyCardsInAStore, GoToAnotherStore) {
  PROVES("Y2", "V8");
  const LoyaltyCardRecord card = IssueHere("1", "");
  EXPECT_NE(Stored("1"), "");
  Deliver({RemovalOfCard(card)});
  EXPECT_EQ(Stored("1"), "");
  EXPECT_THAT(*GetCard("1"), HasReason(Reason::kLoyaltyCardNotFound));
}

// A customer with unsettled work stays, and its cards with it, until the last of it is settled.
TEST_F(LoyaltyCardsInAStore, StayWithUnsettledWork) {
  PROVES("Y2", "V8");
  for (const char* feature : {"F2", "F3", "F4", "F5"}) SwitchFeature(feature, true);
  const LoyaltyCardRecord card = IssueHere("1", customer_.name());
  customer::v1::UpdateCustomerRequest edit;
  edit.mutable_customer()->set_name(customer_.name());
  edit.mutable_customer()->set_notes("calls on Mondays");
  edit.mutable_update_mask()->add_paths("notes");
  Reply<Customer> edited;
  service_->UpdateCustomer(edit, {}, edited.done());
  Run();
  ASSERT_THAT(*edited, IsOk());
  const replication::v1::Operation operation = Operations().back();
  Deliver({RemovalOfCard(card), RemovalOfCustomer()});
  EXPECT_NE(Stored("1"), "");
  EXPECT_EQ(Found("1"), 1);
  AcknowledgeUpload(operation.sequence());
  auto result = ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED);
  *result.add_records() = RemovalOfCustomer().record();
  Deliver({ChangeOf(result)});
  EXPECT_EQ(Stored("1"), "");
  EXPECT_EQ(Found("1"), 0);
}

TEST_F(LoyaltyCardsInAStore, AreBlockedAtHqOnly) {
  PROVES("Y2");
  customer::v1::BlockLoyaltyCardRequest block;
  block.set_name("loyaltyCards/1");
  Reply<LoyaltyCard> blocked;
  service_->BlockLoyaltyCard(block, {}, blocked.done());
  EXPECT_THAT(*blocked, HasReason(Reason::kPermissionDenied));
  customer::v1::UnblockLoyaltyCardRequest unblock;
  unblock.set_name("loyaltyCards/1");
  Reply<LoyaltyCard> unblocked;
  service_->UnblockLoyaltyCard(unblock, {}, unblocked.done());
  EXPECT_THAT(*unblocked, HasReason(Reason::kPermissionDenied));
}

}  // namespace
}  // namespace comptoir::channel
