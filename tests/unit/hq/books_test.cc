// Address books: who receives which customers, what becomes of those that move, and what belongs to
// them. (V8)

#include "tests/unit/hq/books_test.h"

#include <set>

#include "hq-service/domain/feeds/customer_feeds.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// A new customer gets all books of its channel, whatever the request says of them.
TEST_F(BooksTest, NewCustomersGetTheirChannelsBooks) {
  PROVES("V8");
  SetBooks(kChannel, {"a", "b"});
  auto customer = ACustomer().WithId(NewId()).Build();
  customer.add_address_books("c");
  const auto created = Create(customer);
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(created->address_books(), ElementsAre("a", "b"));
  // What it says of them makes it no other request. (C10)
  customer.clear_address_books();
  const auto again = Create(customer);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->etag(), created->etag());
}

// A pending one has those that its channel service gave it, when it is converted too.
TEST_F(BooksTest, PendingCustomersKeepThoseOfTheOperation) {
  PROVES("V8");
  const auto captured = ACustomer().WithId(NewId()).Build();
  UploadOnce(kLineage, {CapturedIn("b", captured)});
  EXPECT_THAT(Get(captured.name())->address_books(), ElementsAre("b"));
}

TEST_F(BooksTest, BooksAreChangedAtHqOnly) {
  PROVES("V8");
  const CustomerId id = CreateWith(0);
  EXPECT_THAT(Move(id, {"b", "c"})->address_books(), ElementsAre("b", "c"));
  EXPECT_THAT(Move(id, {"b", "nowhere"}), HasViolation("address_books[1]", "ADDRESS_BOOK_UNKNOWN"));
  MakeBook("closed", /*retired=*/true);
  EXPECT_THAT(Move(id, {"closed"}), HasViolation("address_books[0]", "ADDRESS_BOOK_UNKNOWN"));
  EXPECT_THAT(Move(id, Books(101, "b")), HasViolation("address_books", "TOO_MANY"));
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(CustomerName(id));
  request.mutable_customer()->add_address_books("a");
  request.mutable_update_mask()->add_paths("address_books");
  request.mutable_forwarded()->set_channel_service(kStore);
  EXPECT_THAT(Update(request), HasViolation("address_books", "FIELD_NOT_UPDATABLE"));
}

// A channel receives the customers of its books; one without books all of them.
TEST_F(BooksTest, ReadersReceiveTheirBooks) {
  PROVES("V8", "B6");
  const CustomerId in_a = CreateWith(2);
  const CustomerId in_b = CreateWith(2, "dallas");
  Replica houston;
  CatchUp(houston);
  EXPECT_TRUE(Has(houston, in_a));
  EXPECT_FALSE(Has(houston, in_b));
  ExpectEqualsHq(houston, {"a"});
  Replica both;
  CatchUp(both, {kChannel, "dallas"});
  ExpectEqualsHq(both, {"a", "b"});
  SetBooks(kChannel, {});
  Replica all;
  CatchUp(all);
  EXPECT_EQ(all.records, Distributed());
}

// A record that leaves a book keeps an entry there: the reader that was away gets its removal, the
// one that joined everything, addresses included.
TEST_F(BooksTest, WhoLeavesIsRemovedAndWhoJoinsComesWhole) {
  PROVES("V8");
  const CustomerId id = CreateWith(7);
  Replica a;
  CatchUp(a);
  Replica b;
  CatchUp(b, {"dallas"});
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  CatchUp(a);
  EXPECT_FALSE(Has(a, id));
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  EXPECT_EQ(Addresses(b, id), 7u);
  // Of its addresses nothing stays in the book: the feed doesn't outgrow the data.
  EXPECT_THAT(Entries("a"), SizeIs(1));
}

// A to B to C between two reads, and home again: one entry per record, and the reader ends as if it
// had been there.
TEST_F(BooksTest, MovedOnAndOnBetweenReads) {
  PROVES("V8");
  const CustomerId id = CreateWith(4);
  Replica a;
  CatchUp(a);
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  ASSERT_THAT(Move(id, {"c"}), IsOk());
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_FALSE(Has(b, id));
  ASSERT_THAT(Move(id, {"a"}), IsOk());
  const auto entries = Entries("a");
  EXPECT_THAT(entries, SizeIs(5));
  EXPECT_EQ(std::set<std::string>(entries.begin(), entries.end()).size(), 5u);
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
  EXPECT_EQ(Addresses(a, id), 4u);
  EXPECT_THAT(Entries("b"), SizeIs(1));
}

// A reader of both books doesn't lose a customer that moves between them: the sender looks at all
// of its memberships.
TEST_F(BooksTest, MovedWithinAReadersBooks) {
  PROVES("V8");
  const CustomerId id = CreateWith(4);
  Replica both;
  CatchUp(both, {kChannel, "dallas"});
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  SubscribeStream stream = Subscribe(both, {kChannel, "dallas"});
  for (const auto& message : stream.written->messages) {
    for (const auto& change : message.batch().changes()) {
      EXPECT_FALSE(change.record().removed());
    }
  }
  Follow(stream, both);
  ExpectEqualsHq(both, {"a", "b"});
}

// An address that changes after its customer has left and come back is in the feed once.
TEST_F(BooksTest, AddressesFollowWhenTheyChange) {
  PROVES("V8", "A1");
  const CustomerId id = CreateWith(2);
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  const auto added = AddAddress(id, AnAddress());
  ASSERT_THAT(added, IsOk());
  ASSERT_THAT(Move(id, {"a", "b"}), IsOk());
  customer::v1::DeactivateAddressRequest deactivate;
  deactivate.set_name(added->name());
  ASSERT_THAT(Call(&Hq::DeactivateAddress, deactivate), IsOk());
  EXPECT_THAT(Entries("a"), SizeIs(4));
  EXPECT_THAT(Entries("b"), SizeIs(4));
  Replica a;
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
}

// A book lost and gained anew is another membership, read from the beginning.
TEST_F(BooksTest, RegainedMembershipsAreNew) {
  PROVES("V8");
  Replica a;
  SubscribeStream stream = Subscribe(a);
  const uint64_t first = Memberships(stream).at("book/a");
  // What is open ends when the channel's books change.
  SetBooks(kChannel, {"b"});
  EXPECT_TRUE(stream.written->finished.has_value());
  stream.Break();
  stream = Subscribe(a);
  EXPECT_THAT(Memberships(stream), SizeIs(1));
  EXPECT_EQ(Memberships(stream).count("book/a"), 0u);
  SetBooks(kChannel, {"a"});
  EXPECT_TRUE(stream.written->finished.has_value());
  stream.Break();
  stream = Subscribe(a);
  EXPECT_GT(Memberships(stream).at("book/a"), first);
  // Kept from now on, over restarts.
  const auto kept = Memberships(stream);
  stream.Break();
  Restart();
  stream = Subscribe(a);
  EXPECT_EQ(Memberships(stream), kept);
  // Another change of configuration ends nothing.
  MakeBook("d");
  EXPECT_FALSE(stream.written->finished.has_value());
}

// The creating channel always receives the outcome of its own operations: of a customer that is in
// no book of its any more, the removal.
TEST_F(BooksTest, OutcomesComeAlways) {
  PROVES("V8");
  const auto captured = ACustomer().WithId(NewId()).Build();
  Replica a;
  SubscribeStream stream = Subscribe(a);
  UploadOnce(kLineage, {CapturedIn("b", captured)});
  Follow(stream, a);
  ASSERT_THAT(a.results, ::testing::Not(IsEmpty()));
  const auto& result = a.results.back();
  EXPECT_EQ(result.state(), replication::v1::OPERATION_STATE_APPLIED);
  ASSERT_THAT(result.records(), SizeIs(1));
  EXPECT_TRUE(result.records(0).removed());
  EXPECT_THAT(result.records(0).record(), IsEmpty());
}

// While 1010 waits for its run, a store that was off gets what was published: the customer in the
// book that it was in, with its addresses; after the run its removal.
TEST_F(BooksTest, WhatIsPublishedStaysInItsBook) {
  PROVES("V8", "P3");
  const CustomerId id = CreateWith(4);
  SetManual("1010", true);
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  ASSERT_THAT(AddAddress(id, AnAddress()), IsOk());
  Replica a;
  CatchUp(a);
  EXPECT_TRUE(Has(a, id));
  EXPECT_EQ(Addresses(a, id), 4u);
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_FALSE(Has(b, id));
  EXPECT_EQ(Addresses(b, id), 0u);
  RunJob("1010");
  CatchUp(a);
  EXPECT_FALSE(Has(a, id));
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  EXPECT_EQ(Addresses(b, id), 5u);
}

// Whatever moves in whichever order, readers that come and go end with what their books hold.
class RandomBooksTest : public BooksTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  RandomBooksTest() : BooksTest({.follow_records_max = 2, .change_batch_bytes_max = 700}) {}
};

TEST_P(RandomBooksTest, ReadersEndWithTheirBooks) {
  PROVES("V8");
  SeededRandom chance(TestSeed(GetParam()));
  std::vector<CustomerId> customers;
  for (int i = 0; i < 4; ++i) customers.push_back(CreateWith(static_cast<int>(chance.Below(6))));
  Replica a;
  Replica b;
  Replica both;
  for (int i = 0; i < 80; ++i) {
    const CustomerId& id = customers[chance.Below(customers.size())];
    switch (chance.Below(6)) {
      case 0:
        ASSERT_THAT(AddAddress(id, AnAddress()), IsOk());
        break;
      case 1:
        CatchUp(a);
        break;
      case 2:
        CatchUp(b, {"dallas"});
        break;
      case 3:
        CatchUp(both, {kChannel, "dallas"});
        break;
      default: {
        ASSERT_THAT(Move(id, SomeBooks(chance)), IsOk());
      }
    }
  }
  EXPECT_THAT(CustomersToFollow(database().latest()), IsOkAndHolds(false));
  CatchUp(a);
  CatchUp(b, {"dallas"});
  CatchUp(both, {kChannel, "dallas"});
  // A store takes what came before its customer, who then didn't come, away itself.
  for (Replica* replica : {&a, &b, &both}) {
    std::erase_if(replica->records, [&](const auto& record) {
      return record.first.front() == '\x02' &&
             !Has(*replica, Uuid::FromBytes(std::string_view(record.first).substr(1, 16)));
    });
  }
  ExpectEqualsHq(a, {"a"});
  ExpectEqualsHq(b, {"b"});
  ExpectEqualsHq(both, {"a", "b"});
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomBooksTest, ::testing::Range<uint64_t>(1, 21));

}  // namespace
}  // namespace comptoir::hq
