#include "common/customer/records/loyalty_cards.h"

#include "common/customer/limits.h"
#include "common/storage/request_log.h"
#include "tests/unit/hq/configuration_test.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::IssueLoyaltyCardRequest;
using customer::v1::LoyaltyCard;
using ::testing::Contains;
using ::testing::ElementsAre;

class LoyaltyCardsTest : public SubscriptionTest {
 protected:
  void SetUp() override {
    SubscriptionTest::SetUp();
    ASSERT_THAT(Create(ACustomer().WithId(id_)), IsOk());
  }

  absl::StatusOr<LoyaltyCard> Issue(const std::string& number, const std::string& customer,
                                    const std::string& request_id = "") {
    IssueLoyaltyCardRequest request;
    request.set_channel(kChannel);
    if (!number.empty()) request.mutable_card()->set_name(LoyaltyCardName(number));
    request.mutable_card()->set_customer(customer);
    request.set_request_id(request_id);
    return Card(Call(&Hq::IssueLoyaltyCard, request));
  }
  absl::StatusOr<LoyaltyCard> Issue(const std::string& number) {
    return Issue(number, CustomerName(id_));
  }
  absl::StatusOr<LoyaltyCard> Tie(const std::string& number, const CustomerId& customer,
                                  const std::string& request_id = "",
                                  const std::string& etag = "") {
    customer::v1::TieLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    request.set_customer(CustomerName(customer));
    request.set_request_id(request_id);
    request.set_etag(etag);
    return Card(Call(&Hq::TieLoyaltyCard, request));
  }
  absl::StatusOr<LoyaltyCard> Block(const std::string& number, const std::string& request_id = "") {
    customer::v1::BlockLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    request.set_request_id(request_id);
    return Card(Call(&Hq::BlockLoyaltyCard, request));
  }
  absl::StatusOr<LoyaltyCard> Unblock(const std::string& number) {
    customer::v1::UnblockLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    return Card(Call(&Hq::UnblockLoyaltyCard, request));
  }
  absl::StatusOr<LoyaltyCard> GetCard(const std::string& number) {
    customer::v1::GetLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    return Card(Call(&Hq::GetLoyaltyCard, request));
  }

  void GenerateNumbers(uint64_t highest = 99) {
    v1::CreateNumberSequenceRequest numbers;
    auto& sequence = *numbers.mutable_number_sequence();
    sequence.set_name("numberSequences/loyalty");
    sequence.set_format("L-##");
    sequence.set_lowest(1);
    sequence.set_next(1);
    sequence.set_highest(highest);
    ASSERT_THAT(Administer<v1::NumberSequence>(numbers), IsOk());
    SetGenerated(true);
  }
  void SetGenerated(bool generated) {
    v1::UpdateProfileRequest profile;
    profile.mutable_profile()->set_name("profiles/default");
    profile.mutable_profile()->set_generate_loyalty_card_numbers(generated);
    profile.mutable_update_mask()->add_paths("generate_loyalty_card_numbers");
    ASSERT_THAT(Administer<v1::Profile>(profile), IsOk());
  }
  absl::StatusOr<customer::v1::Customer> BlockEnrolment(bool blocked, bool in_a_store = false) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id_));
    request.mutable_customer()->set_loyalty_enrolment_blocked(blocked);
    request.mutable_update_mask()->add_paths("loyalty_enrolment_blocked");
    if (in_a_store) {
      request.set_channel(kChannel);
      request.mutable_forwarded()->set_channel_service(kStore);
    }
    return Update(request);
  }
  uint64_t Cards() { return CountLoyaltyCards(database().latest(), id_).value(); }

  const CustomerId id_ = NewId();

 private:
  static absl::StatusOr<LoyaltyCard> Card(absl::StatusOr<HqAnswer<LoyaltyCard>> answer) {
    if (!answer.ok()) return answer.status();
    return answer->value;
  }
};

TEST_F(LoyaltyCardsTest, AreIssuedWithANumberThatIsGiven) {
  PROVES("Y2");
  const auto card = Issue("Gold-1");
  ASSERT_THAT(card, IsOk());
  EXPECT_EQ(card->name(), "loyaltyCards/Gold-1");
  EXPECT_EQ(card->customer(), CustomerName(id_));
  EXPECT_EQ(card->state(), customer::v1::LOYALTY_CARD_STATE_ACTIVE);
  EXPECT_EQ(card->channel(), kChannel);
  EXPECT_EQ(card->create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(GetCard("gold-1")->etag(), card->etag());
  EXPECT_THAT(Issue("GOLD-1"), HasReason("LOYALTY_NUMBER_TAKEN"));
  EXPECT_THAT(Issue("not a number"), HasViolation("card.name", "NAME_INVALID"));
  EXPECT_EQ(Cards(), 1u);
}

TEST_F(LoyaltyCardsTest, NeedANumberUnlessTheProfileGeneratesThem) {
  PROVES("Y2");
  EXPECT_THAT(Issue(""), HasReason("LOYALTY_NUMBER_REQUIRED"));
  SetGenerated(true);
  EXPECT_THAT(Issue(""), HasReason("NUMBER_SEQUENCE_MISSING"));
  GenerateNumbers();
  ASSERT_THAT(Issue("l-02"), IsOk());
  EXPECT_EQ(Issue("")->name(), "loyaltyCards/L-01");
  // A card that brought the number is passed over.
  EXPECT_EQ(Issue("")->name(), "loyaltyCards/L-03");
  // Account numbers come from elsewhere.
  EXPECT_EQ(Create(ACustomer().WithId(NewId()))->account_number(), "C-00000002");
}

// The answer says why, and nothing is stored; repaired, the same request succeeds.
TEST_F(LoyaltyCardsTest, ExhaustedOrBlockedNumbersAreNoRefusal) {
  PROVES("Y2");
  GenerateNumbers(/*highest=*/1);
  ASSERT_THAT(Issue(""), IsOk());
  const std::string request_id = NewId().ToString();
  EXPECT_THAT(Issue("", CustomerName(id_), request_id), HasReason("NUMBER_SEQUENCE_EXHAUSTED"));
  EXPECT_FALSE(IsRefusal(Issue("").status()));
  EXPECT_EQ(Cards(), 1u);
  v1::UpdateNumberSequenceRequest repair;
  repair.mutable_number_sequence()->set_name("numberSequences/loyalty");
  repair.mutable_number_sequence()->set_highest(50);
  repair.mutable_number_sequence()->set_blocked(true);
  repair.mutable_update_mask()->add_paths("highest");
  repair.mutable_update_mask()->add_paths("blocked");
  ASSERT_THAT(Administer<v1::NumberSequence>(repair), IsOk());
  EXPECT_THAT(Issue("", CustomerName(id_), request_id), HasReason("NUMBER_SEQUENCE_BLOCKED"));
  repair.mutable_number_sequence()->set_blocked(false);
  ASSERT_THAT(Administer<v1::NumberSequence>(repair), IsOk());
  EXPECT_EQ(Issue("", CustomerName(id_), request_id)->name(), "loyaltyCards/L-02");
}

// The answer was lost and the store repeats the request: the same card, and no second number, also
// when requests are no longer remembered.
TEST_F(LoyaltyCardsTest, RepeatedIssueReturnsTheSameCard) {
  PROVES("Y2", "C10");
  GenerateNumbers();
  const std::string request_id = NewId().ToString();
  const auto card = Issue("", CustomerName(id_), request_id);
  ASSERT_THAT(card, IsOk());
  EXPECT_EQ(Issue("", CustomerName(id_), request_id)->etag(), card->etag());
  Restart();
  EXPECT_EQ(Issue("", CustomerName(id_), request_id)->name(), card->name());
  EXPECT_THAT(Block("L-01", request_id), HasReason("REQUEST_ID_REUSED"));
  const auto forget = database().NewTransaction();
  EXPECT_THAT(ForgetOldRequests(*forget, clock_.Now() + 2 * kRequestOutcomeAgeMin, 1000),
              IsOkAndHolds(1u));
  ASSERT_THAT(database().Commit(*forget), IsOk());
  EXPECT_EQ(Issue("", CustomerName(id_), request_id)->name(), card->name());
  EXPECT_THAT(Issue("other", CustomerName(id_), request_id), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(Cards(), 1u);
}

TEST_F(LoyaltyCardsTest, OfNobodyAreTiedLater) {
  PROVES("Y2", "C10");
  const auto issued = Issue("7", "");
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->customer(), "");
  const std::string request_id = NewId().ToString();
  EXPECT_THAT(Tie("7", id_, "", "h1"), HasReason("ETAG_MISMATCH"));
  const auto tied = Tie("7", id_, request_id, issued->etag());
  ASSERT_THAT(tied, IsOk());
  EXPECT_EQ(tied->customer(), CustomerName(id_));
  EXPECT_NE(tied->etag(), issued->etag());
  EXPECT_EQ(Tie("7", id_, request_id, issued->etag())->etag(), tied->etag()) << "repeated";
  EXPECT_EQ(Tie("7", id_)->etag(), tied->etag()) << "it is this customer's";
  const CustomerId other = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(other)), IsOk());
  EXPECT_THAT(Tie("7", other), HasReason("LOYALTY_CARD_TIED"));
  EXPECT_THAT(Tie("8", id_), HasReason("LOYALTY_CARD_NOT_FOUND"));
  EXPECT_EQ(Cards(), 1u);
}

TEST_F(LoyaltyCardsTest, NeedASyncedCustomer) {
  PROVES("L2");
  EXPECT_THAT(Issue("1", CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
  SetNumbersBlocked(true);
  const CustomerId pending = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(pending))});
  EXPECT_THAT(Issue("1", CustomerName(pending)), HasReason("CUSTOMER_PENDING"));
  ASSERT_THAT(Issue("1", ""), IsOk());
  EXPECT_THAT(Tie("1", pending), HasReason("CUSTOMER_PENDING"));
}

// Only HQ blocks a customer, and lets it be enrolled again; the cards that it has stay.
TEST_F(LoyaltyCardsTest, BlockedCustomersGetNone) {
  PROVES("Y2");
  ASSERT_THAT(Issue("1"), IsOk());
  ASSERT_THAT(Issue("2", ""), IsOk());
  EXPECT_THAT(BlockEnrolment(true, /*in_a_store=*/true),
              HasViolation("loyalty_enrolment_blocked", "FIELD_NOT_UPDATABLE"));
  ASSERT_THAT(BlockEnrolment(true), IsOk());
  EXPECT_THAT(Issue("3"), HasReason("LOYALTY_BLOCKED"));
  EXPECT_THAT(Tie("2", id_), HasReason("LOYALTY_BLOCKED"));
  EXPECT_EQ(GetCard("1")->state(), customer::v1::LOYALTY_CARD_STATE_ACTIVE);
  ASSERT_THAT(BlockEnrolment(false), IsOk());
  EXPECT_THAT(Issue("3"), IsOk());
}

// A store cannot make a customer with it either; HQ can.
TEST_F(LoyaltyCardsTest, CreatesInAStoreDontBlockEnrolment) {
  PROVES("Y2");
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannel);
  *request.mutable_customer() = ACustomer().WithId(NewId());
  request.mutable_customer()->set_loyalty_enrolment_blocked(true);
  request.mutable_forwarded()->set_channel_service(kStore);
  EXPECT_THAT(Call(&Hq::CreateCustomer, request).status(),
              HasViolation("loyalty_enrolment_blocked", "FIELD_NOT_UPDATABLE"));
  request.clear_forwarded();
  EXPECT_TRUE(Call(&Hq::CreateCustomer, request)->value.loyalty_enrolment_blocked());
}

TEST_F(LoyaltyCardsTest, BlockedCardsAreShownAsBlockedAndStillFindTheirCustomer) {
  PROVES("Y2", "V1");
  const auto issued = Issue("7001");
  ASSERT_THAT(issued, IsOk());
  const auto blocked = Block("7001");
  ASSERT_THAT(blocked, IsOk());
  EXPECT_EQ(blocked->state(), customer::v1::LOYALTY_CARD_STATE_BLOCKED);
  EXPECT_NE(blocked->etag(), issued->etag());
  EXPECT_EQ(Block("7001")->etag(), blocked->etag()) << "nothing changes";
  customer::v1::SearchCustomersRequest search;
  search.set_query("7001");
  const auto found = Call(&Hq::SearchCustomers, search);
  ASSERT_EQ(found->value.results_size(), 1);
  EXPECT_THAT(found->value.results(0).matched_fields(), ElementsAre("loyalty_card"));
  EXPECT_EQ(Unblock("7001")->state(), customer::v1::LOYALTY_CARD_STATE_ACTIVE);
  ASSERT_THAT(Issue("8", ""), IsOk());
  ASSERT_THAT(Block("8"), IsOk());
  EXPECT_THAT(Tie("8", id_), HasReason("LOYALTY_CARD_BLOCKED"));
}

TEST_F(LoyaltyCardsTest, ACustomerHasAHundredAtMost) {
  PROVES("Y2");
  for (size_t i = 0; i < kLoyaltyCardsOfCustomerMax; ++i) {
    ASSERT_THAT(Issue(std::to_string(i)), IsOk());
  }
  EXPECT_THAT(Issue("more"), HasViolation("card.customer", "TOO_MANY"));
  ASSERT_THAT(Issue("more", ""), IsOk());
  EXPECT_THAT(Tie("more", id_), HasViolation("customer", "TOO_MANY"));
}

// Job 1050 brings every change of a card, and no store gets what isn't published.
TEST_F(LoyaltyCardsTest, TravelByJob1050) {
  PROVES("P1", "Y2");
  auto stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  ASSERT_THAT(Issue("1"), IsOk());
  ASSERT_THAT(Issue("2", ""), IsOk());
  ASSERT_THAT(Tie("2", id_), IsOk());
  ASSERT_THAT(Block("1"), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_THAT(replica.cursors, Contains(::testing::Key(std::pair<int, std::string>(1050, "all"))));

  v1::UpdateConfigurationRequest manual;
  manual.mutable_configuration()->mutable_batch_job()->set_name("batchJobs/1050");
  manual.mutable_configuration()->mutable_batch_job()->set_mode(v1::BATCH_JOB_MODE_MANUAL);
  manual.mutable_update_mask()->add_paths("mode");
  ASSERT_THAT(Administer<v1::Configuration>(manual), IsOk());
  const auto published = replica.records;
  ASSERT_THAT(Issue("3"), IsOk());
  ASSERT_THAT(Unblock("1"), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records.count(LoyaltyCardRecordKey("3")), 0u);
  EXPECT_EQ(replica.records[LoyaltyCardRecordKey("1")], published.at(LoyaltyCardRecordKey("1")));
  v1::RunJobRequest run;
  run.set_name("batchJobs/1050");
  ASSERT_THAT(Administer<v1::JobRun>(run), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

class LoyaltyConfigurationTest : public ConfigurationTest {};

// A profile that generates numbers needs their sequence, whose numbers cards can have.
TEST_F(LoyaltyConfigurationTest, IsChecked) {
  PROVES("M4", "Y2");
  const auto reasons = [&] {
    std::vector<std::string> reasons;
    const auto check = *Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    for (const auto& finding : check.findings()) reasons.push_back(finding.reason());
    return reasons;
  };
  EXPECT_THAT(reasons(), ElementsAre());
  ASSERT_THAT(Change("profile { name: 'profiles/default' generate_loyalty_card_numbers: true }",
                     {"generate_loyalty_card_numbers"}),
              IsOk());
  EXPECT_THAT(reasons(), ElementsAre("NUMBER_SEQUENCE_MISSING"));
  EXPECT_THAT(Make("number_sequence { name: 'numberSequences/loyalty' format: 'L/##' lowest: 1 "
                   "highest: 9 next: 1 }"),
              HasViolation("format", "FORMAT_INVALID"));
  ASSERT_THAT(Make("number_sequence { name: 'numberSequences/loyalty' format: 'L##' lowest: 1 "
                   "highest: 9 next: 1 blocked: true }"),
              IsOk());
  EXPECT_THAT(reasons(), ElementsAre("NUMBER_SEQUENCE_BLOCKED"));
  ASSERT_THAT(Change("number_sequence { name: 'numberSequences/loyalty' }", {"blocked"}), IsOk());
  EXPECT_THAT(reasons(), ElementsAre());
}

}  // namespace
}  // namespace comptoir::hq
