// Who begins with nothing is sent the customers in the order of their keys.

#include "hq-service/domain/feeds/customer_scan.h"

#include <algorithm>
#include <string>
#include <vector>

#include "hq-service/domain/feeds/customer_place.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/feeds/read_from_nothing.h"
#include "tests/unit/hq/books_test.h"

namespace comptoir::hq {
namespace {

using ::testing::IsEmpty;

// A batch holds a few records.
class CustomerScanTest : public BooksTest {
 protected:
  CustomerScanTest()
      : BooksTest({.follow_records_max = 3,
                   .subscribe_window_bytes_max = 1200,
                   .change_batch_bytes_max = 600}) {}

  // Until so many batches with customers have come, of which `told_` keeps the keys.
  void FollowSome(SubscribeStream& stream, Replica& replica, int batches) {
    auto& messages = stream.written->messages;
    for (size_t read = 0; read < messages.size() && batches > 0; ++read) {
      const auto message = messages[read];
      if (!message.has_batch()) continue;
      replica.Apply(message.batch());
      batches -= Tell(message.batch()) ? 1 : 0;
      Acknowledge(stream, message.batch().batch());
    }
  }
  void FollowAll(SubscribeStream& stream, Replica& replica) {
    FollowSome(stream, replica, /*batches=*/1'000'000);
  }

  // The stream breaks when some of the customers have come.
  void BeginAndBreak(Replica& replica) {
    SubscribeStream stream = Subscribe(replica);
    FollowSome(stream, replica, 5);
    stream.Break();
    ASSERT_TRUE(HasPlace(replica));
  }

  // Breaks the stream after each batch with customers. Returns how many there were.
  int FollowInPieces(Replica& replica) {
    int pieces = 0;
    for (size_t told = 1; told > 0; ++pieces) {
      told = told_.size();
      SubscribeStream stream = Subscribe(replica);
      FollowSome(stream, replica, 1);
      EXPECT_EQ(replica.records.count(ChainRecordKey()), 1u);
      stream.Break();
      told = told_.size() - told;
    }
    return pieces - 1;
  }

  bool Tell(const v1::ChangeBatch& batch) {
    bool any = false;
    for (const auto& change : batch.changes()) {
      if (!change.has_record()) continue;
      const std::string key = static_cast<char>(change.record().kind()) + change.record().key();
      if (!IsOfCustomers(key)) continue;
      told_.push_back(key);
      any = true;
    }
    return any;
  }

  static bool HasPlace(const Replica& replica) {
    for (const auto& [book, cursor] : replica.cursors) {
      if (cursor.has_place()) return true;
    }
    return false;
  }

  // Reads what follows the cursors, which move on.
  static void TakeTurn(const Reader& reader, size_t bytes_max, std::vector<FeedCursor>& cursors) {
    const auto batches = ReadFromNothing(reader, cursors, {}, bytes_max);
    ASSERT_THAT(batches, IsOk());
    for (size_t i = 0; i < cursors.size(); ++i) {
      cursors[i].after = batches->back().after[i];
      if (IsBookOfCustomers(cursors[i].feed)) cursors[i].place = batches->back().place;
    }
  }
  static size_t BookAmong(const std::vector<FeedCursor>& cursors) {
    size_t i = 0;
    while (!IsBookOfCustomers(cursors.at(i).feed)) ++i;
    return i;
  }

  std::vector<CustomerId> CreateSome(int customers) {
    std::vector<CustomerId> ids;
    for (int i = 0; i < customers; ++i) ids.push_back(CreateWith(i % 3));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  // As one that was made to read everything again.
  static void Forget(Replica& replica) {
    for (auto& [book, cursor] : replica.cursors) {
      cursor.clear_position();
      cursor.clear_place();
    }
  }

  // What was told, in order.
  std::vector<std::string> told_;
};

// In order, each with its addresses and once, though the stream breaks after each batch; and
// configuration is there before the first of them.
TEST_F(CustomerScanTest, InOrderOfKeysAndResumed) {
  PROVES("B6", "P13");
  CreateSome(40);
  CreateWith(2, "dallas");
  Replica replica;
  EXPECT_GT(FollowInPieces(replica), 10);
  ExpectEqualsHq(replica, {"a"});
  std::vector<std::string> expected;
  for (const auto& [key, record] : replica.records) {
    if (key.front() != replication::v1::RECORD_KIND_CUSTOMER) continue;
    expected.push_back(key);
    const std::string addresses =
        AddressRecordPrefix(CustomerId::FromBytes(std::string_view(key).substr(1)));
    for (const auto& [other, address] : replica.records) {
      if (other.starts_with(addresses)) expected.push_back(other);
    }
  }
  EXPECT_EQ(told_, expected);
  SubscribeStream stream = Subscribe(replica);
  told_.clear();
  FollowAll(stream, replica);
  EXPECT_THAT(told_, IsEmpty());
}

// A customer with more addresses than are told at once, in many pieces.
TEST_F(CustomerScanTest, ManyAddressesInPieces) {
  PROVES("A1", "B6");
  const CustomerId id = CreateWith(2);
  for (int i = 0; i < 700; ++i) ASSERT_THAT(AddAddress(id, AnAddress()), IsOk());
  CreateSome(5);
  Replica replica;
  EXPECT_GT(FollowInPieces(replica), 7);
  EXPECT_EQ(Addresses(replica, id), 702u);
  ExpectEqualsHq(replica, {"a"});
}

// However the pieces fall, nobody arrives without the addresses that he came with.
TEST_F(CustomerScanTest, FirstAddressesComeWithTheirCustomers) {
  PROVES("B6");
  for (int i = 0; i < 12; ++i) CreateWith(60);
  Replica replica;
  BeginAndBreak(replica);
  const auto reader = database().NewReader();
  for (size_t bytes_max = 1000; bytes_max < 60'000; bytes_max += 500) {
    std::vector<FeedCursor> cursors = OpenCursors(*reader, SubscribeHello(kLineage)).value();
    do {
      TakeTurn(*reader, bytes_max, cursors);
      const auto& place = cursors[BookAmong(cursors)].place;
      if (!place.has_value() || place->after.empty()) continue;
      // No turn ends at an address.
      EXPECT_NE(place->after.front(), replication::v1::RECORD_KIND_ADDRESS) << bytes_max;
    } while (BeginsWithNothing(cursors));
  }
}

// Whatever becomes of customers before the place and behind it, the reader ends with HQ's.
TEST_F(CustomerScanTest, WhatChangesMeanwhileIsInTheFeeds) {
  PROVES("V8", "P13");
  const std::vector<CustomerId> ids = CreateSome(30);
  const CustomerId elsewhere = CreateWith(2, "dallas");
  Replica replica;
  SubscribeStream stream = Subscribe(replica);
  FollowSome(stream, replica, 6);
  ASSERT_TRUE(HasPlace(replica));
  ASSERT_TRUE(Has(replica, ids.front()));
  ASSERT_FALSE(Has(replica, ids.back()));
  for (const CustomerId& id : {ids[0], ids[29]}) ASSERT_THAT(Move(id, {"b"}), IsOk());
  for (const CustomerId& id : {ids[1], ids[28]}) {
    ASSERT_THAT(AddAddress(id, AnAddress()), IsOk());
    ASSERT_THAT(Move(id, {"b"}), IsOk());
    ASSERT_THAT(Move(id, {"a", "b"}), IsOk());
  }
  ASSERT_THAT(Move(elsewhere, {"a"}), IsOk());
  CreateSome(10);
  stream.Break();
  Restart();
  stream = Subscribe(replica);
  FollowAll(stream, replica);
  EXPECT_FALSE(Has(replica, ids.front()));
  ExpectEqualsHq(replica, {"a"});
}

// A reader that is made to read everything again loses what has left its book meanwhile.
TEST_F(CustomerScanTest, WhatHasLeftIsRemovedAtTheEnd) {
  PROVES("V8", "P12");
  const std::vector<CustomerId> ids = CreateSome(12);
  Replica replica;
  CatchUp(replica);
  ASSERT_THAT(Move(ids[2], {"b"}), IsOk());
  ASSERT_THAT(Move(ids[5], {}), IsOk());
  Forget(replica);
  CatchUp(replica);
  EXPECT_FALSE(Has(replica, ids[2]));
  EXPECT_FALSE(Has(replica, ids[5]));
  ExpectEqualsHq(replica, {"a"});
}

// Nothing that isn't published is told, neither a new customer nor what became of another.
TEST_F(CustomerScanTest, AsPublished) {
  PROVES("P3", "V8");
  const Books both = {kChannel, "dallas"};
  const std::vector<CustomerId> ids = CreateSome(12);
  Replica before;
  CatchUp(before, both);
  SetManual("1010", true);
  ASSERT_THAT(AddAddress(ids[0], AnAddress()), IsOk());
  ASSERT_THAT(Move(ids[2], {"c"}), IsOk());
  const CustomerId unpublished = CreateWith(1);
  const CustomerId moved = CreateWith(1);
  ASSERT_THAT(Move(moved, {"b"}), IsOk());
  Replica replica;
  CatchUp(replica, both);
  EXPECT_FALSE(Has(replica, unpublished));
  EXPECT_FALSE(Has(replica, moved));
  EXPECT_EQ(replica.records, before.records);
  RunJob("1010");
  CatchUp(replica, both);
  ExpectEqualsHq(replica, {"a", "b"});
}

// Nor when a job begins to wait meanwhile.
TEST_F(CustomerScanTest, AsPublishedFromNowOn) {
  PROVES("P3", "V8");
  CreateSome(30);
  Replica replica;
  BeginAndBreak(replica);
  SetManual("1010", true);
  const CustomerId unpublished = CreateWith(1);
  CatchUp(replica);
  EXPECT_FALSE(HasPlace(replica));
  EXPECT_FALSE(Has(replica, unpublished));
  RunJob("1010");
  CatchUp(replica);
  ExpectEqualsHq(replica, {"a"});
}

// What customers may refer to is there before them, also if it was made when some had been told.
TEST_F(CustomerScanTest, ConfigurationOfMeanwhileComesFirst) {
  PROVES("B6");
  CreateSome(30);
  Replica replica;
  BeginAndBreak(replica);
  SetBooks("dallas", {"b", "c"});
  SubscribeStream stream = Subscribe(replica);
  FollowSome(stream, replica, 1);
  ASSERT_TRUE(HasPlace(replica));
  for (const auto& [key, record] : replica.records) {
    if (IsOfCustomers(key)) continue;
    EXPECT_EQ(database().latest().Get(Table::kRecords, key).value(), record);
  }
  stream.Break();
  CatchUp(replica);
  ExpectEqualsHq(replica, {"a"});
}

// Who has forgotten the place, or what it was, begins anew.
TEST_F(CustomerScanTest, WithoutThePlaceFromTheBeginning) {
  PROVES("P13");
  CreateSome(30);
  for (const std::string& place : {std::string("nonsense"), std::string()}) {
    Replica replica;
    BeginAndBreak(replica);
    for (auto& [book, cursor] : replica.cursors) {
      if (!cursor.has_place()) continue;
      if (place.empty()) cursor.clear_place();
      if (!place.empty()) cursor.mutable_place()->set_after(place);
    }
    CatchUp(replica);
    EXPECT_FALSE(HasPlace(replica));
    ExpectEqualsHq(replica, {"a"});
  }
}

// A place of a time that HQ doesn't know is a position that it doesn't know. (P12)
TEST_F(CustomerScanTest, PlaceOfLostHistoryDiverges) {
  PROVES("P12");
  CreateSome(30);
  Replica replica;
  BeginAndBreak(replica);
  for (auto& [book, cursor] : replica.cursors) {
    if (cursor.has_place()) cursor.mutable_place()->mutable_since()->set_sequence(1'000'000);
  }
  v1::SubscribeHello hello = SubscribeHello(kLineage);
  for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
  EXPECT_THAT(OpenCursors(*database().NewReader(), hello), HasReason("DIVERGED"));
}

// One more book has no place: all are read anew.
TEST_F(CustomerScanTest, AnotherBookMeanwhile) {
  PROVES("V8");
  CreateSome(30);
  CreateWith(2, "dallas");
  Replica replica;
  BeginAndBreak(replica);
  SetBooks(kChannel, {"a", "b"});
  CatchUp(replica);
  ExpectEqualsHq(replica, {"a", "b"});
}

// However few are for the reader: no turn looks at more than it may, and the next goes on from
// there.
TEST_F(CustomerScanTest, TurnsAreBounded) {
  PROVES("P13");
  CreateSome(30);
  const CustomerId elsewhere = CreateWith(0, "dallas");
  Replica replica;
  BeginAndBreak(replica);
  v1::SubscribeHello hello = SubscribeHello(kLineage);
  for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
  const auto record = database().latest().Get(Table::kRecords, CustomerRecordKey(elsewhere));
  const auto transaction = database().NewTransaction();
  constexpr size_t kBytesMax = 1 << 20;
  for (uint32_t i = 0; i < 2 * kBytesMax / kPassedRowBytes; ++i) {
    const std::string id = KeyWriter().Rest(std::string(12, '\xff')).Fixed32(i).key();
    transaction->Put(Table::kRecords, CustomerRecordKey(CustomerId::FromBytes(id)), **record);
  }
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  const auto reader = database().NewReader();
  std::vector<FeedCursor> cursors = OpenCursors(*reader, hello).value();
  int turns = 0;
  do {
    TakeTurn(*reader, kBytesMax, cursors);
    ++turns;
  } while (BeginsWithNothing(cursors));
  EXPECT_EQ(turns, 3);
}

// Of a book with few customers its feed is read, not all customers.
TEST_F(CustomerScanTest, SmallBooksByTheirFeeds) {
  const CustomerId id = CreateWith(1);
  for (size_t i = 0; i < kScannedCustomersMin; ++i) CreateWith(0, "dallas");
  Replica replica;
  SubscribeStream stream = Subscribe(replica);
  FollowSome(stream, replica, 1);
  EXPECT_TRUE(Has(replica, id));
  EXPECT_FALSE(HasPlace(replica));
  ExpectEqualsHq(replica, {"a"});
}

}  // namespace
}  // namespace comptoir::hq
