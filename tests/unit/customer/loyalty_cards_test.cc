#include "common/customer/records/loyalty_cards.h"

#include "common/customer/limits.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/search/search.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::LoyaltyCard;
using storage::v1::CustomerRecord;
using storage::v1::LoyaltyCardRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LoyaltyCardsTest : public CustomerTest {
 protected:
  LoyaltyCardRecord Card(const std::string& number, const std::string& customer,
                         uint64_t version = 5) {
    LoyaltyCardRecord record;
    record.mutable_card()->set_name(LoyaltyCardName(number));
    record.mutable_card()->set_customer(customer);
    record.mutable_card()->set_state(customer::v1::LOYALTY_CARD_STATE_ACTIVE);
    record.set_request_id(std::string(NewId().bytes()));
    record.set_version(version);
    return record;
  }
  LoyaltyCardRecord StoreCard(const std::string& number, const std::string& customer) {
    const LoyaltyCardRecord record = Card(number, customer);
    Write([&](Transaction& transaction) { PutLoyaltyCard(transaction, std::nullopt, record); });
    return record;
  }

  // The names of those who are found, each with the fields that matched.
  std::vector<std::string> Search(const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    const auto response = *SearchCustomers(reader(), request, "GB", "en");
    std::vector<std::string> found;
    for (const auto& result : response.results()) {
      found.push_back(result.customer().display_name() + ": " + result.matched_fields(0));
    }
    return found;
  }

  std::vector<std::string> List(const std::string& parent, int page_size, std::string* token) {
    customer::v1::ListLoyaltyCardsRequest request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    request.set_page_token(*token);
    const auto response = *ListLoyaltyCards(reader(), request);
    std::vector<std::string> names;
    for (const LoyaltyCard& card : response.cards()) names.push_back(card.name());
    *token = response.next_page_token();
    return names;
  }

  replication::v1::RecordChange ChangeOf(const LoyaltyCardRecord& record, const std::string& key) {
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
    change.set_key(key);
    change.set_record(record.SerializeAsString());
    change.set_version(record.version());
    return change;
  }
};

TEST_F(LoyaltyCardsTest, NumbersAreLettersDigitsAndHyphens) {
  PROVES("Y2");
  EXPECT_TRUE(IsLoyaltyCardNumber("L-0042x"));
  EXPECT_TRUE(IsLoyaltyCardNumber(std::string(30, '7')));
  for (const std::string& other : {std::string(), std::string(31, '7'), std::string("a b"),
                                   std::string("é"), std::string("7/8")}) {
    EXPECT_FALSE(IsLoyaltyCardNumber(other)) << other;
    EXPECT_THAT(ParseLoyaltyCardName("loyaltyCards/" + other, "card.name"),
                HasViolation("card.name", "NAME_INVALID"));
  }
  EXPECT_THAT(ParseLoyaltyCardName("cards/7"), HasViolation("name", "NAME_INVALID"));
}

// Upper and lower case are one number, wherever it is looked for.
TEST_F(LoyaltyCardsTest, IsFoundByNumberInAnyCaseAndByRequest) {
  PROVES("Y2");
  const LoyaltyCardRecord card = StoreCard("Gold-7", "");
  EXPECT_EQ(FindLoyaltyCard(reader(), "gOLD-7").value()->card().name(), "loyaltyCards/Gold-7");
  EXPECT_EQ(GetLoyaltyCard(reader(), "loyaltyCards/GOLD-7")->name(), "loyaltyCards/Gold-7");
  EXPECT_THAT(GetLoyaltyCard(reader(), "loyaltyCards/GOLD-70"),
              HasReason("LOYALTY_CARD_NOT_FOUND"));
  const Uuid request = Uuid::FromBytes(card.request_id());
  EXPECT_EQ(FindLoyaltyCardOfRequest(reader(), request).value()->version(), 5u);
  EXPECT_FALSE(FindLoyaltyCardOfRequest(reader(), NewId())->has_value());
}

// By the whole number and by its beginning; letters alone must be the whole.
TEST_F(LoyaltyCardsTest, FindsItsCustomer) {
  PROVES("Y2", "V1");
  const CustomerRecord ada = Store(ACustomer().Named("Ada"), 3, "C-1");
  const CustomerRecord grace = Store(ACustomer().Named("Grace"), 4, "C-2");
  StoreCard("gold-0042", ada.customer().name());
  StoreCard("gold-0043", grace.customer().name());
  StoreCard("silver", ada.customer().name());
  StoreCard("gold-0044", "");
  EXPECT_THAT(Search("GOLD-0042"), ElementsAre("Ada: loyalty_card"));
  EXPECT_THAT(Search(" gold-004 "), ElementsAre("Ada: loyalty_card", "Grace: loyalty_card"));
  EXPECT_THAT(Search("Silver"), ElementsAre("Ada: loyalty_card"));
  EXPECT_THAT(Search("silv"), IsEmpty());
  EXPECT_THAT(Search("gold-0044"), IsEmpty());
}

// Its own beginning matches a longer number as well: the whole one is the better match.
TEST_F(LoyaltyCardsTest, TheWholeNumberComesFirst) {
  PROVES("V1");
  const CustomerRecord ada = Store(ACustomer().Named("Ada"), 3, "C-1");
  const CustomerRecord zoe = Store(ACustomer().Named("Zoe"), 4, "C-2");
  StoreCard("7001", ada.customer().name());
  StoreCard("700", zoe.customer().name());
  EXPECT_THAT(Search("700"), ElementsAre("Zoe: loyalty_card", "Ada: loyalty_card"));
}

// The card came before its customer: it waits, and finds nobody until then.
TEST_F(LoyaltyCardsTest, WaitsForItsCustomer) {
  PROVES("Y2", "P2");
  const Uuid id = NewId();
  StoreCard("gold-0042", CustomerName(id));
  EXPECT_THAT(Search("gold-0042"), IsEmpty());
  Store(ACustomer().WithId(id).Named("Ada"), 3, "C-1");
  EXPECT_THAT(Search("gold-0042"), ElementsAre("Ada: loyalty_card"));
}

TEST_F(LoyaltyCardsTest, AreListedInPages) {
  PROVES("Y2");
  const CustomerRecord ada = Store(ACustomer(), 3, "C-1");
  for (const char* number : {"c", "A", "b"}) StoreCard(number, ada.customer().name());
  StoreCard("aa", "");
  std::string token;
  EXPECT_THAT(List(ada.customer().name(), 2, &token),
              ElementsAre("loyaltyCards/A", "loyaltyCards/b"));
  EXPECT_THAT(List(ada.customer().name(), 2, &token), ElementsAre("loyaltyCards/c"));
  EXPECT_EQ(token, "");
  EXPECT_THAT(List("customers/-", 2, &token), ElementsAre("loyaltyCards/A", "loyaltyCards/aa"));
  customer::v1::ListLoyaltyCardsRequest request;
  request.set_parent(ada.customer().name());
  request.set_page_token(token);
  EXPECT_THAT(ListLoyaltyCards(reader(), request), HasReason("INVALID_PAGE_TOKEN"));
  request.set_parent(CustomerName(NewId()));
  EXPECT_THAT(ListLoyaltyCards(reader(), request), HasReason("CUSTOMER_NOT_FOUND"));
}

// All that a customer has go at once, with what finds them; those of others stay.
TEST_F(LoyaltyCardsTest, GoWithTheirCustomer) {
  PROVES("Y2");
  const CustomerRecord ada = Store(ACustomer().Named("Ada"), 3, "C-1");
  const CustomerRecord zoe = Store(ACustomer().Named("Zoe"), 4, "C-2");
  const CustomerId id = *ParseCustomerName(ada.customer().name());
  const size_t before = RowCount(Table::kIndex);
  for (const char* number : {"b-2", "A-1"}) StoreCard(number, ada.customer().name());
  EXPECT_THAT(LoyaltyCardsOfCustomer(reader(), id), IsOkAndHolds(ElementsAre("A-1", "B-2")));
  for (size_t i = 0; i < 2 * kLoyaltyCardsOfCustomerMax; ++i) {
    StoreCard("many-" + std::to_string(i), ada.customer().name());
  }
  StoreCard("c-3", zoe.customer().name());
  StoreCard("d-4", "");
  Write(
      [&](Transaction& transaction) { EXPECT_THAT(RemoveLoyaltyCards(transaction, id), IsOk()); });
  EXPECT_THAT(LoyaltyCardsOfCustomer(reader(), id), IsOkAndHolds(IsEmpty()));
  EXPECT_FALSE(FindLoyaltyCard(reader(), "a-1")->has_value());
  EXPECT_TRUE(FindLoyaltyCard(reader(), "c-3")->has_value());
  EXPECT_TRUE(FindLoyaltyCard(reader(), "d-4")->has_value());
  EXPECT_EQ(RowCount(Table::kIndex), before + 3);
}

// What HQ answers, a store stores as HQ's feed would bring it.
TEST_F(LoyaltyCardsTest, ViewLeadsBackToTheRecord) {
  PROVES("Y2");
  const LoyaltyCardRecord record = Card("gold-0042", CustomerName(NewId()), 0x1f);
  LoyaltyCard view = LoyaltyCardView(record);
  LoyaltyCardRecord back = *RecordOfView(view);
  back.set_request_id(record.request_id());
  EXPECT_EQ(back.SerializeAsString(), record.SerializeAsString());
  for (const char* etag : {"", "h", "x1f", "h1fz", "h0"}) {
    view.set_etag(etag);
    EXPECT_THAT(RecordOfView(view), HasViolation("etag", "ETAG_INVALID")) << etag;
  }
}

// Cards come by the feed: with their index, never back, and only under their key.
TEST_F(LoyaltyCardsTest, ArriveByTheFeed) {
  PROVES("P1", "Y2");
  const Uuid id = NewId();
  const LoyaltyCardRecord card = Card("gold-0042", CustomerName(id), 7);
  const auto apply = [&](const replication::v1::RecordChange& change) {
    EXPECT_THAT(CheckRecordChange(change), IsOk());
    Write([&](Transaction& t) { EXPECT_THAT(ApplyRecordChange(t, change), IsOk()); });
  };
  apply(ChangeOf(card, "GOLD-0042"));
  EXPECT_THAT(CountLoyaltyCards(reader(), id), IsOkAndHolds(1u));
  LoyaltyCardRecord older = card;
  older.set_version(6);
  older.mutable_card()->clear_customer();
  apply(ChangeOf(older, "GOLD-0042"));
  EXPECT_THAT(CountLoyaltyCards(reader(), id), IsOkAndHolds(1u));
  EXPECT_THAT(CheckRecordChange(ChangeOf(card, "gold-0042")), HasReason("STORAGE_CORRUPT"));
  replication::v1::RecordChange removed = ChangeOf(card, "GOLD-0042");
  removed.clear_record();
  removed.set_removed(true);
  apply(removed);
  EXPECT_THAT(CountLoyaltyCards(reader(), id), IsOkAndHolds(0u));
  EXPECT_EQ(RowCount(Table::kIndex), 0u);
}

}  // namespace
}  // namespace comptoir
