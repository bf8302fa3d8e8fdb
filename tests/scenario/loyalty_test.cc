// Loyalty cards: issued through HQ, found everywhere.

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using customer::v1::CustomerService;
using customer::v1::LoyaltyCard;
using Stub = CustomerService::Stub;
using ::testing::ElementsAre;

class LoyaltyInStore : public Story {
 protected:
  static absl::StatusOr<LoyaltyCard> Issue(Store& store, const std::string& number,
                                           const std::string& customer,
                                           const std::string& request_id = "") {
    customer::v1::IssueLoyaltyCardRequest request;
    if (!number.empty()) request.mutable_card()->set_name("loyaltyCards/" + number);
    request.mutable_card()->set_customer(customer);
    request.set_request_id(request_id);
    LoyaltyCard card;
    COMPTOIR_RETURN_IF_ERROR(Call(*store.customers, &Stub::IssueLoyaltyCard, request, &card));
    return card;
  }
  static absl::StatusOr<LoyaltyCard> Read(Stub& stub, const std::string& name) {
    customer::v1::GetLoyaltyCardRequest request;
    request.set_name(name);
    LoyaltyCard card;
    COMPTOIR_RETURN_IF_ERROR(Call(stub, &Stub::GetLoyaltyCard, request, &card));
    return card;
  }
  static std::vector<std::string> Cards(Stub& stub, const std::string& parent) {
    customer::v1::ListLoyaltyCardsRequest request;
    request.set_parent(parent);
    customer::v1::ListLoyaltyCardsResponse response;
    EXPECT_THAT(Call(stub, &Stub::ListLoyaltyCards, request, &response), IsOk());
    std::vector<std::string> names;
    for (const LoyaltyCard& card : response.cards()) names.push_back(card.name());
    return names;
  }
  static std::string CustomerOfCard(Store& store, const std::string& number) {
    const auto found = Search(*store.customers, number);
    return found.size() == 1 ? found[0].display_name() : "";
  }
};
COMPTOIR_TELL_STORIES(LoyaltyInStore);

// A card issued in one store finds its customer in the other; an anonymous one is tied there later;
// HQ blocks one, and it is shown as blocked and still found. (Y2, V1, P1)
TEST_P(LoyaltyInStore, IsIssuedHereAndFoundThere) {
  PROVES("Y2", "V1", "P1");
  Chain chain(GetParam(), {"sync", "async"});
  Store& store = chain.store(0);
  Store& other = chain.store(1);
  const auto ada = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(ada, IsOk());
  const auto card = Issue(store, "gold-0042", ada->name());
  ASSERT_THAT(card, IsOk());
  EXPECT_EQ(CustomerOfCard(store, "GOLD-0042"), "Ada Lovelace") << "at once";
  EXPECT_THAT(Issue(store, "Gold-0042", ""), HasReason("LOYALTY_NUMBER_TAKEN"));
  EXPECT_THAT(Issue(store, "", ada->name()), HasReason("LOYALTY_NUMBER_REQUIRED"));
  ASSERT_THAT(Issue(store, "gold-0043", ""), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(CustomerOfCard(other, "gold-0042"), "Ada Lovelace");

  customer::v1::TieLoyaltyCardRequest tie;
  tie.set_name("loyaltyCards/gold-0043");
  tie.set_customer(ada->name());
  LoyaltyCard tied;
  ASSERT_THAT(Call(*other.customers, &Stub::TieLoyaltyCard, tie, &tied), IsOk());
  EXPECT_EQ(CustomerOfCard(other, "gold-0043"), "Ada Lovelace") << "at once";

  customer::v1::BlockLoyaltyCardRequest block;
  block.set_name(card->name());
  LoyaltyCard blocked;
  EXPECT_THAT(Call(*store.customers, &Stub::BlockLoyaltyCard, block, &blocked),
              HasReason("PERMISSION_DENIED"));
  ASSERT_THAT(Call(chain.hq_customers(), &Stub::BlockLoyaltyCard, block, &blocked), IsOk());
  chain.WaitUntilHome();
  for (Store* each : {&store, &other}) {
    EXPECT_EQ(Read(*each->customers, card->name())->state(),
              customer::v1::LOYALTY_CARD_STATE_BLOCKED);
    EXPECT_EQ(CustomerOfCard(*each, "gold-0042"), "Ada Lovelace");
    EXPECT_THAT(Cards(*each->customers, ada->name()),
                ElementsAre("loyaltyCards/gold-0042", "loyaltyCards/gold-0043"));
    EXPECT_EQ(Read(*each->customers, card->name())->etag(),
              Read(chain.hq_customers(), card->name())->etag());
  }
}

// Without HQ there is no card, and none for a customer whose account number isn't here, whatever
// the features; both come right by themselves. (S10, L2)
TEST_P(LoyaltyInStore, NotWhileOfflineNorPending) {
  PROVES("S10", "L2");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto pending = Create(*store.customers, NewPerson("Alan", "Turing"));
  ASSERT_THAT(pending, IsOk());
  EXPECT_THAT(Issue(store, "1", pending->name()), HasReason("CUSTOMER_PENDING"));
  EXPECT_THAT(Issue(store, "1", ""), HasReason("HQ_UNREACHABLE"));
  EXPECT_THAT(Read(*store.customers, "loyaltyCards/1"), HasReason("LOYALTY_CARD_NOT_FOUND"));
  chain.hq().Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  EXPECT_THAT(Issue(store, "1", pending->name()), IsOk());
}

// The same request, again and after everything was restarted: one card. (C10)
TEST_P(LoyaltyInStore, RepeatedIsTheSameCard) {
  PROVES("Y2", "C10");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  const std::string request_id = NewCustomerName().substr(10);
  const auto card = Issue(store, "1", "", request_id);
  ASSERT_THAT(card, IsOk());
  EXPECT_EQ(Issue(store, "1", "", request_id)->etag(), card->etag());
  chain.hq().Kill();
  store.service->Kill();
  store.service->Wipe();
  chain.hq().Start();
  store.service->Start();
  chain.WaitUntilReady(store);
  EXPECT_EQ(Issue(store, "1", "", request_id)->etag(), card->etag());
  EXPECT_THAT(Issue(store, "2", "", request_id), HasReason("REQUEST_ID_REUSED"));
}

}  // namespace
}  // namespace comptoir::testing
