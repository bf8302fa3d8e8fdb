// What a store may see of HQ's customers: what comes, what goes, and what is brought by opening it.
// (V6, V8)

#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/removal.h"
#include "common/base/status.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BooksInAStore : public ChannelTest {
 protected:
  BooksInAStore() {
    address_books_ = {"a"};
    books_ = {{"book/a", 1}};
    options_.removal_records_max = 3;
  }

  // A customer of HQ's in this book, with so many addresses; it hasn't come yet.
  HqCustomer InBook(const std::string& book, int addresses = 0) {
    return InBook(book, addresses, NewId());
  }
  HqCustomer InBook(const std::string& book, int addresses, const CustomerId& id) {
    HqCustomer customer;
    const uint64_t version = hq_sequence_ + 1;
    customer.record.set_version(version);
    customer.record.set_request_digest("digest");
    customer::v1::Customer& content = *customer.record.mutable_customer();
    content.set_name(CustomerName(id));
    content.set_given_name("Ada");
    content.set_display_name("Ada");
    content.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    content.set_account_number("C-" + id.ToString());
    content.add_address_books(book);
    for (int i = 0; i < addresses; ++i) {
      storage::v1::AddressRecord& address = customer.addresses.emplace_back();
      address.set_version(version);
      address.mutable_address()->set_name(AddressName({id, NewId()}));
      address.mutable_address()->set_city("Lyon");
    }
    return customer;
  }
  static CustomerId IdOf(const HqCustomer& customer) {
    return *ParseCustomerName(customer.record.customer().name());
  }
  replication::v1::Change Removal(const HqCustomer& customer) const {
    replication::v1::RecordChange removal;
    removal.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
    removal.set_key(std::string(IdOf(customer).bytes()));
    removal.set_removed(true);
    removal.set_version(hq_sequence_ + 1);
    return ChangeOf(std::move(removal));
  }
  // Its addresses come by the feed, and not yet the customer.
  void DeliverAddresses(const HqCustomer& customer) {
    std::vector<replication::v1::Change> changes;
    for (replication::v1::RecordChange& change : customer.Changes()) {
      if (change.kind() != replication::v1::RECORD_KIND_ADDRESS) continue;
      changes.push_back(ChangeOf(std::move(change)));
    }
    Deliver(std::move(changes));
  }
  bool Has(const HqCustomer& customer) const {
    return FindCustomer(reader(), IdOf(customer))->has_value();
  }
  size_t Addresses(const HqCustomer& customer) const {
    size_t count = 0;
    EXPECT_THAT(reader().Scan(Table::kRecords, PrefixRange(AddressRecordPrefix(IdOf(customer))),
                              [&](std::string_view, std::string_view) { return ++count > 0; }),
                IsOk());
    return count;
  }
  // A card of this customer, or nobody's, comes by the feed.
  void DeliverCard(const std::string& number, const HqCustomer* customer) {
    storage::v1::LoyaltyCardRecord record;
    record.mutable_card()->set_name(LoyaltyCardName(number));
    if (customer != nullptr) {
      record.mutable_card()->set_customer(customer->record.customer().name());
    }
    record.set_version(hq_sequence_ + 1);
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
    change.set_key(number);
    change.set_record(record.SerializeAsString());
    change.set_version(record.version());
    Deliver({ChangeOf(change)});
  }
  bool HasCard(const std::string& number) const {
    return FindLoyaltyCard(reader(), number)->has_value();
  }
  // Rows of the index of these records.
  size_t IndexRows() const {
    size_t count = 0;
    EXPECT_THAT(reader().Scan(Table::kIndex, {},
                              [&](std::string_view, std::string_view) { return ++count > 0; }),
                IsOk());
    return count;
  }
  // HQ ends the stream and says on the next one what is in force.
  void ChangeBooks(std::map<std::string, uint64_t> books) {
    books_ = std::move(books);
    hq_.subscriptions.Break(absl::CancelledError("books changed"));
    hq_.uploads.Break(absl::CancelledError("books changed"));
    Advance(absl::Seconds(3));
    Connect();
  }
  HqAnswer<hq::v1::OpenCustomerResponse> Opened(const HqCustomer& customer, uint64_t position) {
    HqAnswer<hq::v1::OpenCustomerResponse> answer;
    *answer.value.mutable_customer() = CustomerView(customer.record, "en");
    for (auto& change : customer.Changes()) *answer.value.add_records() = std::move(change);
    answer.position = PositionAt(position);
    return answer;
  }
};

// A customer that leaves goes with everything that was its: the customer at once, its addresses in
// bounded steps.
TEST_F(BooksInAStore, WhoLeavesGoesWithAllAddresses) {
  PROVES("V8", "A1");
  OpenReady();
  const size_t nothing = IndexRows();
  const HqCustomer customer = InBook("a", 50);
  Deliver(customer);
  EXPECT_EQ(Addresses(customer), 50u);
  Deliver({Removal(customer)});
  EXPECT_FALSE(Has(customer));
  EXPECT_EQ(Addresses(customer), 0u);
  EXPECT_EQ(IndexRows(), nothing);
  EXPECT_EQ(Status().customers(), 0);
  EXPECT_THAT(IsRemovalLeft(reader()), IsOkAndHolds(false));
}

// The steps go on after a restart; and if the customer comes again in their midst, its addresses
// stay that came with it.
TEST_F(BooksInAStore, StepsAreResumedAndStopWhenTheCustomerIsBack) {
  PROVES("V8");
  OpenReady();
  const HqCustomer gone = InBook("a", 50);
  Deliver(gone);
  const auto transaction = database_.NewTransaction();
  ASSERT_THAT(RemoveCustomerWithChildren(*transaction, IdOf(gone), gone.record), IsOk());
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  EXPECT_EQ(Addresses(gone), 30u);
  Crash();
  Open();
  EXPECT_EQ(Addresses(gone), 0u);

  Connect();
  const HqCustomer back = InBook("a", 50);
  Deliver(back);
  const auto again = database_.NewTransaction();
  ASSERT_THAT(RemoveCustomerWithChildren(*again, IdOf(back), back.record), IsOk());
  ASSERT_THAT(KeepAddressesOf(*again, IdOf(back)), IsOk());
  ASSERT_THAT(database_.Commit(*again), IsOk());
  Deliver(back);
  EXPECT_EQ(Addresses(back), 50u);
}

// Nothing with unsettled operations goes before they are settled; then it goes in the same batch.
TEST_F(BooksInAStore, UnsettledWorkStaysUntilItIsSettled) {
  PROVES("V8");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer().At(AnAddress()));
  EXPECT_THAT(pending.address_books(), ElementsAre("a"));
  const replication::v1::Operation operation = Operations().back();
  EXPECT_THAT(operation.create_customer().customer().address_books(), ElementsAre("a"));
  AcknowledgeUpload(operation.sequence());
  HqCustomer at_hq = AtHq(operation, "C-00000001");
  at_hq.record.mutable_customer()->clear_address_books();
  at_hq.record.mutable_customer()->add_address_books("b");
  Deliver({Removal(at_hq)});
  EXPECT_THAT(Get(pending.name()).value(), IsPending());
  // HQ's record came by mistake of nobody: it was rendered before the book was lost.
  Deliver({ChangeOf(AppliedResult(operation, at_hq))});
  EXPECT_FALSE(Has(at_hq));
  EXPECT_EQ(Addresses(at_hq), 0u);
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().customers(), 0);
}

// The store has created a customer of its own under the UUID of one of HQ's, whose addresses come
// before it. Then it has left: its addresses go in bounded steps, and nothing else would ever
// remove them. The store's own customer stays with its own address.
TEST_F(BooksInAStore, WhoLeavesBeforeItComesLeavesNothingBesideOwnWork) {
  PROVES("V8", "A1");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer().At(AnAddress()));
  const HqCustomer at_hq = InBook("a", 50, *ParseCustomerName(pending.name()));
  DeliverAddresses(at_hq);
  EXPECT_EQ(Addresses(at_hq), 51u);
  Deliver({Removal(at_hq)});
  EXPECT_EQ(Addresses(at_hq), 1u);
  EXPECT_THAT(Get(pending.name()).value(), IsPending());
  EXPECT_THAT(Operations(), SizeIs(1));
  EXPECT_THAT(IsRemovalLeft(reader()), IsOkAndHolds(false));
}

// The same when HQ tells of a single address: the store's own work under the UUID keeps none of
// HQ's.
TEST_F(BooksInAStore, AddressesGoOneByOneBesideOwnWork) {
  PROVES("V8");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer().At(AnAddress()));
  const HqCustomer at_hq = InBook("a", 2, *ParseCustomerName(pending.name()));
  DeliverAddresses(at_hq);
  EXPECT_EQ(Addresses(at_hq), 3u);
  replication::v1::RecordChange removal = at_hq.Changes().back();
  removal.clear_record();
  removal.set_removed(true);
  removal.set_version(hq_sequence_ + 1);
  Deliver({ChangeOf(removal)});
  EXPECT_EQ(Addresses(at_hq), 2u);
  EXPECT_THAT(Get(pending.name()).value(), IsPending());
}

// A service that loses a book sweeps its own records: what is in no book that it still has.
TEST_F(BooksInAStore, LostBooksAreSwept) {
  PROVES("V8");
  books_ = {{"book/a", 1}, {"book/b", 2}};
  OpenReady();
  std::vector<HqCustomer> in_a;
  std::vector<HqCustomer> in_b;
  for (int i = 0; i < 10; ++i) {
    in_a.push_back(InBook("a", 2));
    Deliver(in_a.back());
    in_b.push_back(InBook("b", 30));
    Deliver(in_b.back());
  }
  // An address that came before its customer.
  const HqCustomer late = InBook("b", 1);
  Deliver({ChangeOf(late.Changes().back())});
  EXPECT_EQ(Addresses(late), 1u);

  ChangeBooks({{"book/a", 1}});
  // Not before all that HQ has of the other books has come.
  EXPECT_TRUE(Has(in_b.front()));
  Deliver(std::vector<replication::v1::Change>{});
  for (const HqCustomer& customer : in_a) EXPECT_EQ(Addresses(customer), 2u);
  for (const HqCustomer& customer : in_b) {
    EXPECT_FALSE(Has(customer));
    EXPECT_EQ(Addresses(customer), 0u);
  }
  EXPECT_EQ(Addresses(late), 0u);
  EXPECT_EQ(Status().customers(), 10);
}

// Of HQ's customer under the UUID of one of the store's own nothing stays when the book is lost in
// which its addresses came.
TEST_F(BooksInAStore, SweepsLeaveOwnWorkAndNothingBesideIt) {
  PROVES("V8");
  books_ = {{"book/a", 1}, {"book/b", 2}};
  OpenOffline();
  const Customer pending = CreatePending(ACustomer().At(AnAddress()));
  const HqCustomer at_hq = InBook("b", 30, *ParseCustomerName(pending.name()));
  DeliverAddresses(at_hq);
  ChangeBooks({{"book/a", 1}});
  EXPECT_EQ(Addresses(at_hq), 31u);
  Deliver(std::vector<replication::v1::Change>{});
  EXPECT_EQ(Addresses(at_hq), 1u);
  EXPECT_THAT(Get(pending.name()).value(), IsPending());
  EXPECT_THAT(IsRemovalLeft(reader()), IsOkAndHolds(false));
}

// The cards of customers who are swept go with them, and those whose customer never came. Nobody's
// stay.
TEST_F(BooksInAStore, CardsOfLostBooksAreSwept) {
  PROVES("Y2", "V8");
  books_ = {{"book/a", 1}, {"book/b", 2}};
  OpenReady();
  const size_t nothing = IndexRows();
  const HqCustomer in_a = InBook("a");
  Deliver(in_a);
  const HqCustomer in_b = InBook("b");
  Deliver(in_b);
  const HqCustomer late = InBook("b");
  for (const char* number : {"A1", "A2"}) DeliverCard(number, &in_a);
  for (const char* number : {"B1", "B2"}) DeliverCard(number, &in_b);
  for (const char* number : {"L1", "L2"}) DeliverCard(number, &late);
  DeliverCard("N1", nullptr);
  ChangeBooks({{"book/a", 1}});
  EXPECT_TRUE(HasCard("B1"));
  EXPECT_TRUE(HasCard("L1"));
  Deliver(std::vector<replication::v1::Change>{});
  EXPECT_FALSE(Has(in_b));
  for (const char* number : {"A1", "A2", "N1"}) EXPECT_TRUE(HasCard(number)) << number;
  for (const char* number : {"B1", "B2", "L1", "L2"}) EXPECT_FALSE(HasCard(number)) << number;
  EXPECT_THAT(IsRemovalLeft(reader()), IsOkAndHolds(false));
  Deliver({Removal(in_a)});
  EXPECT_FALSE(HasCard("A1"));
  EXPECT_EQ(IndexRows(), nothing);
}

// A card may come before its customer. If the customer then doesn't come, but what is told of it is
// that it left, the card goes.
TEST_F(BooksInAStore, CardsThatCameBeforeTheirCustomerGo) {
  PROVES("Y2", "V8");
  OpenReady();
  const HqCustomer customer = InBook("a");
  DeliverCard("1", &customer);
  EXPECT_TRUE(HasCard("1"));
  Deliver({Removal(customer)});
  EXPECT_FALSE(HasCard("1"));
}

// A book that is lost and gained anew is read from the beginning.
TEST_F(BooksInAStore, RegainedBooksBeginAtZero) {
  PROVES("V8");
  OpenReady();
  Deliver(InBook("a"));
  ChangeBooks({{"book/a", 2}});
  const auto cursors = ReadCursors(reader());
  for (const auto& cursor : *cursors) {
    if (cursor.membership().book() != "book/a") continue;
    EXPECT_EQ(cursor.membership().id(), 2u);
    EXPECT_EQ(cursor.position().sequence(), 0u);
  }
}

// While HQ's customers are read in the order of their keys the cursor is at the beginning, and what
// an answer older than that says comes with them, or has been taken back already.
TEST_F(BooksInAStore, AnswersFollowThePlaceInABook) {
  PROVES("V8", "S2");
  OpenReady();
  const auto may_store = [&](uint64_t position) {
    google::protobuf::RepeatedPtrField<std::string> books;
    *books.Add() = "a";
    return MayStoreAnswer(reader(), PositionAt(position), books);
  };
  ChangeBooks({{"book/a", 2}});
  EXPECT_THAT(may_store(1), IsOkAndHolds(true));
  replication::v1::Cursor cursor;
  cursor.mutable_membership()->set_job(replication::v1::JOB_1010_CUSTOMERS);
  cursor.mutable_membership()->set_book("book/a");
  cursor.mutable_membership()->set_id(2);
  *cursor.mutable_place()->mutable_since() = PositionAt(hq_sequence_);
  cursor.mutable_place()->set_after("somebody");
  const auto transaction = database_.NewTransaction();
  ASSERT_THAT(AdvanceCursor(*transaction, cursor), IsOk());
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  EXPECT_THAT(may_store(hq_sequence_), IsOkAndHolds(false));
  EXPECT_THAT(may_store(hq_sequence_ + 1), IsOkAndHolds(true));
}

// HQ's answer is stored only if it is newer than the membership that covers it, and only if there
// is one: it could bring back what was just removed.
TEST_F(BooksInAStore, AnswersFollowTheBooks) {
  PROVES("V8", "S2");
  OpenReady();
  const auto may_store = [&](uint64_t position, const std::string& book) {
    google::protobuf::RepeatedPtrField<std::string> books;
    *books.Add() = book;
    return MayStoreAnswer(reader(), PositionAt(position), books);
  };
  EXPECT_THAT(may_store(hq_sequence_, "a"), IsOkAndHolds(false));
  EXPECT_THAT(may_store(hq_sequence_ + 1, "a"), IsOkAndHolds(true));
  EXPECT_THAT(may_store(hq_sequence_ + 1, "b"), IsOkAndHolds(false));

  hq_.knows_no_others = false;
  const HqCustomer customer = InBook("a");
  const auto reply = Get(customer.record.customer().name());
  const uint64_t position = hq_sequence_ + 1;
  Deliver({Removal(customer)});
  hq_.openings.Answer(Opened(customer, position));
  Run();
  // The caller gets it all the same.
  EXPECT_EQ(reply.value().name(), customer.record.customer().name());
  EXPECT_FALSE(Has(customer));
}

// A customer that only HQ has is brought into the store by opening it, with its first addresses.
TEST_F(BooksInAStore, OpeningBringsTheCustomer) {
  PROVES("V6");
  OpenReady();
  hq_.knows_no_others = false;
  const HqCustomer customer = InBook("a", 3);
  const std::string name = customer.record.customer().name();
  const auto reply = Get(name);
  ASSERT_EQ(hq_.openings.count(), 1);
  EXPECT_EQ(hq_.openings.request().name(), name);
  EXPECT_EQ(hq_.openings.request().channel(), "052");
  hq_.openings.Answer(Opened(customer, hq_sequence_ + 1));
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs(customer.record.customer().account_number()));
  EXPECT_EQ(Addresses(customer), 3u);
  // From now on it is here, under both names.
  EXPECT_THAT(*Get(name), IsOk());
  EXPECT_THAT(*Get("accountNumbers/" + customer.record.customer().account_number()), IsOk());
  EXPECT_EQ(hq_.openings.count(), 1);
  customer::v1::ListAddressesRequest list;
  list.set_parent(name);
  Reply<customer::v1::ListAddressesResponse> addresses;
  service_->ListAddresses(list, {}, addresses.done());
  EXPECT_THAT(addresses.value().addresses(), SizeIs(3));
}

TEST_F(BooksInAStore, AddressesAreOpenedWithTheirCustomer) {
  PROVES("V6");
  OpenReady();
  hq_.knows_no_others = false;
  const HqCustomer customer = InBook("a", 1);
  customer::v1::GetAddressRequest request;
  request.set_name(customer.addresses[0].address().name());
  Reply<Address> reply;
  service_->GetAddress(request, {}, reply.done());
  EXPECT_EQ(hq_.openings.request().name(), request.name());
  hq_.openings.Answer(Opened(customer, hq_sequence_ + 1));
  Run();
  EXPECT_EQ(reply.value().city(), "Lyon");
  EXPECT_TRUE(Has(customer));
}

// Offline, or when HQ doesn't answer, the error says that HQ may know more.
TEST_F(BooksInAStore, WithoutHqTheErrorSaysSo) {
  PROVES("V6");
  OpenReady();
  hq_.knows_no_others = false;
  const auto reply = Get(CustomerName(NewId()));
  hq_.openings.Answer(absl::UnavailableError("connection refused"));
  Run();
  EXPECT_THAT(*reply, HasReason(Reason::kCustomerNotFound));
  EXPECT_EQ(MetadataOf((*reply).status(), "hq"), "HQ_UNREACHABLE");
  const auto offline = Get(CustomerName(NewId()));
  EXPECT_EQ(MetadataOf((*offline).status(), "hq"), "HQ_UNREACHABLE");
  EXPECT_EQ(hq_.openings.count(), 1);
}

// One that is pending elsewhere is shown and not stored; what isn't a customer isn't believed.
TEST_F(BooksInAStore, OnlyHqsRecordsAreStored) {
  PROVES("V6", "L4");
  OpenReady();
  hq_.knows_no_others = false;
  HqCustomer pending = InBook("a");
  pending.record.set_version(0);
  pending.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_PENDING);
  pending.record.mutable_customer()->clear_account_number();
  const auto reply = Get(pending.record.customer().name());
  HqAnswer<hq::v1::OpenCustomerResponse> answer = Opened(pending, hq_sequence_ + 1);
  answer.value.clear_records();
  hq_.openings.Answer(answer);
  Run();
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_FALSE(Has(pending));

  const HqCustomer one = InBook("a");
  const HqCustomer other = InBook("a", 1);
  const auto mixed = Get(one.record.customer().name());
  answer = Opened(one, hq_sequence_ + 1);
  *answer.value.add_records() = other.Changes().back();
  hq_.openings.Answer(answer);
  Run();
  EXPECT_FALSE((*mixed).ok());
  EXPECT_EQ(Addresses(other), 0u);
}

}  // namespace
}  // namespace comptoir::channel
