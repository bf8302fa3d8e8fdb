// Loyalty cards follow their customers: into the books that these join, and out of those they
// leave. One that is nobody's is everywhere. (Y2, V8)

#include <set>

#include "common/customer/records/loyalty_cards.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "tests/unit/hq/books_test.h"

namespace comptoir::hq {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class CardsOfBooks : public BooksTest {
 protected:
  explicit CardsOfBooks(const HqOptions& options = {.follow_records_max = 3})
      : BooksTest(options) {}

  // Nobody's without a customer.
  absl::Status Issue(const std::string& number, const std::optional<CustomerId>& customer = {}) {
    customer::v1::IssueLoyaltyCardRequest request;
    request.set_channel(kChannel);
    request.mutable_card()->set_name(LoyaltyCardName(number));
    if (customer.has_value()) request.mutable_card()->set_customer(CustomerName(*customer));
    return Call(&Hq::IssueLoyaltyCard, request).status();
  }
  absl::Status Tie(const std::string& number, const CustomerId& customer) {
    customer::v1::TieLoyaltyCardRequest request;
    request.set_name(LoyaltyCardName(number));
    request.set_customer(CustomerName(customer));
    return Call(&Hq::TieLoyaltyCard, request).status();
  }
  absl::Status SetBlocked(const std::string& number, bool blocked) {
    customer::v1::BlockLoyaltyCardRequest block;
    block.set_name(LoyaltyCardName(number));
    if (blocked) return Call(&Hq::BlockLoyaltyCard, block).status();
    customer::v1::UnblockLoyaltyCardRequest unblock;
    unblock.set_name(block.name());
    return Call(&Hq::UnblockLoyaltyCard, unblock).status();
  }
  static bool HasCard(const Replica& replica, const std::string& number) {
    return replica.records.count(LoyaltyCardRecordKey(number)) > 0;
  }
  static bool IsBlocked(const Replica& replica, const std::string& number) {
    storage::v1::LoyaltyCardRecord record;
    EXPECT_TRUE(record.ParseFromString(replica.records.at(LoyaltyCardRecordKey(number))));
    return record.card().state() == customer::v1::LOYALTY_CARD_STATE_BLOCKED;
  }
};

// A store receives the cards of its customers and those that are nobody's; one without books all.
TEST_F(CardsOfBooks, ReadersReceiveThoseOfTheirCustomers) {
  PROVES("Y2", "V8", "B6");
  const CustomerId in_a = CreateWith(0);
  const CustomerId in_b = CreateWith(0, "dallas");
  ASSERT_THAT(Issue("a-1", in_a), IsOk());
  ASSERT_THAT(Issue("b-1", in_b), IsOk());
  ASSERT_THAT(Issue("0"), IsOk());
  Replica a;
  CatchUp(a);
  EXPECT_TRUE(HasCard(a, "a-1"));
  EXPECT_FALSE(HasCard(a, "b-1"));
  EXPECT_TRUE(HasCard(a, "0"));
  ExpectEqualsHq(a, {"a"});
  Replica both;
  CatchUp(both, {kChannel, "dallas"});
  ExpectEqualsHq(both, {"a", "b"});
  // While they are read, too.
  SubscribeStream stream = Subscribe(a);
  ASSERT_THAT(Issue("a-2", in_a), IsOk());
  ASSERT_THAT(Issue("b-2", in_b), IsOk());
  ASSERT_THAT(SetBlocked("a-1", true), IsOk());
  ASSERT_THAT(SetBlocked("b-1", true), IsOk());
  for (const auto& message : stream.written->messages) {
    for (const auto& change : message.batch().changes()) {
      const bool card = change.record().kind() == replication::v1::RECORD_KIND_LOYALTY_CARD;
      EXPECT_FALSE(card && change.record().key().starts_with("B")) << "another store's card";
    }
  }
  Follow(stream, a);
  ExpectEqualsHq(a, {"a"});
  EXPECT_TRUE(IsBlocked(a, "A-1"));
  stream.Break();
  SetBooks(kChannel, {});
  Replica all;
  CatchUp(all);
  EXPECT_EQ(all.records, Distributed());
}

// A customer who joins a book brings its cards, in bounded steps after its addresses; one who
// leaves takes them along. The feeds don't outgrow the data.
TEST_F(CardsOfBooks, GoAndComeWithTheirCustomer) {
  PROVES("Y2", "V8");
  const CustomerId id = CreateWith(2);
  for (int i = 0; i < 7; ++i) ASSERT_THAT(Issue(std::to_string(i), id), IsOk());
  Replica a;
  CatchUp(a);
  Replica b;
  CatchUp(b, {"dallas"});
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  EXPECT_TRUE(HasCard(b, "6"));
  EXPECT_THAT(Entries("a"), SizeIs(1));
  EXPECT_THAT(Entries("a", replication::v1::JOB_1050_LOYALTY), IsEmpty());
  EXPECT_THAT(Entries("b", replication::v1::JOB_1050_LOYALTY), SizeIs(7));
  // On and on between two reads, and home again.
  ASSERT_THAT(Move(id, {"c"}), IsOk());
  ASSERT_THAT(SetBlocked("3", true), IsOk());
  ASSERT_THAT(Move(id, {"a", "b"}), IsOk());
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  EXPECT_TRUE(IsBlocked(b, "3"));
  for (const char* book : {"a", "b"}) {
    const auto entries = Entries(book);
    EXPECT_THAT(entries, SizeIs(10));
    EXPECT_EQ(std::set<std::string>(entries.begin(), entries.end()).size(), 10u);
  }
}

// Everybody has a card that is nobody's. Tied to a customer it stays where that one is, and goes
// elsewhere, also from a store that was off meanwhile and the customer has moved on.
TEST_F(CardsOfBooks, OfNobodyAreTiedToACustomer) {
  PROVES("Y2", "V8");
  const CustomerId in_a = CreateWith(0);
  ASSERT_THAT(Issue("7"), IsOk());
  Replica a;
  CatchUp(a);
  Replica b;
  CatchUp(b, {"dallas"});
  Replica late = b;
  EXPECT_TRUE(HasCard(a, "7"));
  EXPECT_TRUE(HasCard(b, "7"));
  ASSERT_THAT(Tie("7", in_a), IsOk());
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  EXPECT_TRUE(HasCard(a, "7"));
  CatchUp(b, {"dallas"});
  EXPECT_FALSE(HasCard(b, "7"));
  ASSERT_THAT(SetBlocked("7", true), IsOk());
  ASSERT_THAT(Move(in_a, {"c"}), IsOk());
  CatchUp(late, {"dallas"});
  EXPECT_FALSE(HasCard(late, "7"));
  Replica fresh;
  CatchUp(fresh, {"dallas"});
  EXPECT_FALSE(HasCard(fresh, "7"));
  ASSERT_THAT(Move(in_a, {"b"}), IsOk());
  for (Replica* replica : {&b, &late, &fresh}) {
    CatchUp(*replica, {"dallas"});
    ExpectEqualsHq(*replica, {"b"});
  }
}

// A reader goes on from wherever it was.
TEST_F(CardsOfBooks, AreReadOnFromAnyPosition) {
  PROVES("Y2", "B6");
  const CustomerId id = CreateWith(1);
  std::vector<Replica> readers;
  const auto keep = [&] {
    Replica& reader = readers.emplace_back(readers.empty() ? Replica() : readers.back());
    CatchUp(reader);
  };
  keep();
  ASSERT_THAT(Issue("1", id), IsOk());
  keep();
  ASSERT_THAT(Issue("2"), IsOk());
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  keep();
  ASSERT_THAT(Tie("2", id), IsOk());
  keep();
  ASSERT_THAT(Move(id, {"a"}), IsOk());
  keep();
  ASSERT_THAT(SetBlocked("2", true), IsOk());
  Restart();
  for (Replica& reader : readers) {
    CatchUp(reader);
    ExpectEqualsHq(reader, {"a"});
    EXPECT_TRUE(IsBlocked(reader, "2"));
  }
}

// While 1050 waits for its run, a customer who joins a book brings its cards as they were
// published, and none of which nothing was.
TEST_F(CardsOfBooks, WaitForTheRunOfTheirJob) {
  PROVES("Y2", "P2", "P3");
  const CustomerId id = CreateWith(0);
  ASSERT_THAT(Issue("1", id), IsOk());
  ASSERT_THAT(Issue("2"), IsOk());
  SetManual("1050", true);
  ASSERT_THAT(SetBlocked("1", true), IsOk());
  ASSERT_THAT(Tie("2", id), IsOk());
  ASSERT_THAT(Issue("3", id), IsOk());
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  Replica a;
  CatchUp(a);
  EXPECT_FALSE(HasCard(a, "1"));
  EXPECT_TRUE(HasCard(a, "2")) << "it is nobody's still";
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_TRUE(Has(b, id));
  EXPECT_FALSE(IsBlocked(b, "1"));
  EXPECT_FALSE(HasCard(b, "3"));
  RunJob("1050");
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
}

// Nor does a new channel miss a card that changed once more after its customer had moved.
TEST_F(CardsOfBooks, ComeToANewChannelAsTheyWerePublished) {
  PROVES("Y2", "P2");
  const CustomerId id = CreateWith(0);
  ASSERT_THAT(Issue("1", id), IsOk());
  SetManual("1050", true);
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  ASSERT_THAT(SetBlocked("1", true), IsOk());
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_TRUE(Has(b, id));
  ASSERT_TRUE(HasCard(b, "1"));
  EXPECT_FALSE(IsBlocked(b, "1"));
  RunJob("1050");
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
}

// While 1010 waits for its run, a card may be there before its customer, and may be taken for one
// whose customer has left: the run brings it again. One whose customer is still to leave stays.
TEST_F(CardsOfBooks, ComeWithTheRunOfTheirCustomer) {
  PROVES("Y2", "V8", "P2");
  const CustomerId id = CreateWith(0);
  ASSERT_THAT(Issue("1", id), IsOk());
  Replica a;
  CatchUp(a);
  SetManual("1010", true);
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  ASSERT_THAT(Issue("2", id), IsOk());
  CatchUp(a);
  EXPECT_TRUE(Has(a, id));
  EXPECT_TRUE(HasCard(a, "1"));
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_FALSE(Has(b, id));
  EXPECT_TRUE(HasCard(b, "1"));
  b.RemoveChildren(std::string(id.bytes()));
  RunJob("1010");
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  EXPECT_TRUE(HasCard(b, "2"));
}

// What becomes of the memberships of customers becomes of those of their cards.
TEST_F(CardsOfBooks, RegainedBooksAreReadAnew) {
  PROVES("Y2", "V8");
  const CustomerId in_a = CreateWith(0);
  ASSERT_THAT(Issue("1", in_a), IsOk());
  const auto membership = [&](const Replica& replica, const std::string& book) {
    const auto cursor = replica.cursors.find({replication::v1::JOB_1050_LOYALTY, book});
    return cursor == replica.cursors.end() ? 0 : cursor->second.membership().id();
  };
  Replica a;
  CatchUp(a);
  const uint64_t first = membership(a, "book/a");
  const uint64_t of_nobody = membership(a, "anonymous");
  EXPECT_NE(first, 0u);
  EXPECT_EQ(membership(a, "all"), 0u);
  SetBooks(kChannel, {"b"});
  Subscribe(a).Break();
  SetBooks(kChannel, {"a"});
  Replica again;
  CatchUp(again);
  EXPECT_GT(membership(again, "book/a"), first);
  EXPECT_EQ(membership(again, "anonymous"), of_nobody);
  ExpectEqualsHq(again, {"a"});
}

// Whatever becomes of cards and customers in whichever order, and whichever job waits for its run,
// readers that come and go end with the cards of their customers.
class RandomCardsOfBooks : public CardsOfBooks, public ::testing::WithParamInterface<uint64_t> {
 protected:
  RandomCardsOfBooks() : CardsOfBooks({.follow_records_max = 2, .change_batch_bytes_max = 700}) {}
};

TEST_P(RandomCardsOfBooks, ReadersEndWithThoseOfTheirCustomers) {
  PROVES("Y2", "V8");
  SeededRandom chance(TestSeed(GetParam()));
  std::vector<CustomerId> customers;
  for (int i = 0; i < 3; ++i) customers.push_back(CreateWith(static_cast<int>(chance.Below(3))));
  int issued = 0;
  Replica a;
  Replica b;
  Replica both;
  for (int i = 0; i < 120; ++i) {
    const CustomerId& id = customers[chance.Below(customers.size())];
    const std::string number = std::to_string(issued == 0 ? 0 : chance.Below(issued));
    const std::string job = chance.OneIn(2) ? "1010" : "1050";
    switch (chance.Below(12)) {
      case 0:
        CatchUp(a);
        break;
      case 1:
        CatchUp(b, {"dallas"});
        break;
      case 2:
        CatchUp(both, {kChannel, "dallas"});
        break;
      case 3:
      case 4:
        ASSERT_THAT(Issue(std::to_string(issued++), id), IsOk());
        break;
      case 5:
        ASSERT_THAT(Issue(std::to_string(issued++)), IsOk());
        break;
      case 6:
        // Of another customer, or blocked: nothing happens.
        Tie(number, id).IgnoreError();
        break;
      case 7:
        SetBlocked(number, chance.OneIn(2)).IgnoreError();
        break;
      case 8:
        SetManual(job, chance.OneIn(2));
        break;
      case 9:
        RunJob(job);
        break;
      default: {
        ASSERT_THAT(Move(id, SomeBooks(chance)), IsOk());
      }
    }
  }
  EXPECT_THAT(CustomersToFollow(database().latest()), IsOkAndHolds(false));
  for (const char* job : {"1010", "1050"}) SetManual(job, false);
  CatchUp(a);
  CatchUp(b, {"dallas"});
  CatchUp(both, {kChannel, "dallas"});
  ExpectEqualsHq(a, {"a"});
  ExpectEqualsHq(b, {"b"});
  ExpectEqualsHq(both, {"a", "b"});
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCardsOfBooks, ::testing::Range<uint64_t>(1, 31));

}  // namespace
}  // namespace comptoir::hq
