// Channels with address books, and customers that move between them.

#ifndef COMPTOIR_TESTS_UNIT_HQ_BOOKS_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_BOOKS_TEST_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/customer/address_books.h"
#include "hq-service/domain/feeds/feeds.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {

using Books = std::vector<std::string>;

inline Books SomeBooks(Random& chance) {
  Books books;
  for (const char* book : {"a", "b", "c"}) {
    if (chance.OneIn(2)) books.push_back(book);
  }
  return books;
}

class BooksTest : public SubscriptionTest {
 protected:
  explicit BooksTest(const HqOptions& options = {.follow_records_max = 3})
      : SubscriptionTest(options) {}

  void SetUp() override {
    SubscriptionTest::SetUp();
    for (const char* id : {"a", "b", "c"}) MakeBook(id);
    v1::CreateChannelRequest channel;
    channel.mutable_channel()->set_name("channels/dallas");
    channel.mutable_channel()->set_profile("profiles/default");
    channel.mutable_channel()->set_operating_unit("operatingUnits/001");
    channel.mutable_channel()->set_currency("USD");
    channel.mutable_channel()->set_language("en-US");
    channel.mutable_channel()->add_address_books("addressBooks/b");
    ASSERT_THAT(Administer<v1::Channel>(channel), IsOk());
    SetBooks(kChannel, {"a"});
  }

  void MakeBook(const std::string& id, bool retired = false) {
    v1::CreateConfigurationRequest request;
    v1::AddressBook& book = *request.mutable_configuration()->mutable_address_book();
    book.set_name("addressBooks/" + id);
    book.set_retired(retired);
    ASSERT_THAT(Administer<v1::Configuration>(request), IsOk());
  }
  // Of a channel.
  void SetBooks(const std::string& channel, const Books& ids) {
    v1::UpdateChannelRequest request;
    request.mutable_channel()->set_name("channels/" + channel);
    for (const std::string& id : ids) {
      request.mutable_channel()->add_address_books("addressBooks/" + id);
    }
    request.mutable_update_mask()->add_paths("address_books");
    ASSERT_THAT(Administer<v1::Channel>(request), IsOk());
  }
  absl::StatusOr<customer::v1::Customer> Move(const CustomerId& id, const Books& books) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->mutable_address_books()->Assign(books.begin(), books.end());
    request.mutable_update_mask()->add_paths("address_books");
    return Update(request);
  }
  CustomerId CreateWith(int addresses, const std::string& channel = kChannel) {
    const CustomerId id = NewId();
    auto customer = ACustomer().WithId(id);
    for (int i = 0; i < addresses; ++i) customer.At(AnAddress());
    EXPECT_THAT(Create(customer, channel), IsOk());
    return id;
  }

  // The operation of a create by a channel service that knew the channel with this book.
  replication::v1::Operation CapturedIn(const std::string& book,
                                        const customer::v1::Customer& customer) {
    replication::v1::Operation operation = CreateOperation(1, customer);
    auto& captured = *operation.mutable_create_customer()->mutable_customer();
    captured.clear_address_books();
    captured.add_address_books(book);
    return operation;
  }

  SubscribeStream Subscribe(Replica& replica, const Books& channels = {kChannel}) {
    // Each reader is a channel service of its own.
    const bool own = channels == Books{kChannel};
    v1::SubscribeHello hello =
        SubscribeHello(kLineage, own ? kStore : absl::StrJoin(channels, "-"));
    hello.clear_channels();
    for (const std::string& channel : channels) hello.add_channels(channel);
    for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
    replica.batches = 0;
    return OpenSubscription(hello);
  }
  // Ends it after all has come.
  void CatchUp(Replica& replica, const Books& channels = {kChannel}) {
    SubscribeStream stream = Subscribe(replica, channels);
    Follow(stream, replica);
    stream.Break();
  }
  // The memberships of customers that HQ says are in force, by book.
  static std::map<std::string, uint64_t> Memberships(const SubscribeStream& stream) {
    std::map<std::string, uint64_t> ids;
    for (const auto& membership : stream.written->messages.at(0).hello().memberships()) {
      if (membership.job() != replication::v1::JOB_1010_CUSTOMERS) continue;
      if (ServiceOfBook(membership.book()).has_value()) continue;
      ids[membership.book()] = membership.id();
    }
    return ids;
  }
  static bool Has(const Replica& replica, const CustomerId& id) {
    return replica.records.count(CustomerRecordKey(id)) > 0;
  }
  static size_t Addresses(const Replica& replica, const CustomerId& id) {
    const std::string prefix = AddressRecordPrefix(id);
    return static_cast<size_t>(
        std::count_if(replica.records.begin(), replica.records.end(),
                      [&](const auto& record) { return record.first.starts_with(prefix); }));
  }
  // What the replica of these books must hold: HQ's customers in them, with their addresses and
  // loyalty cards, and the cards that are nobody's.
  void ExpectEqualsHq(const Replica& replica, const Books& books) {
    HeldBooks held;
    for (const std::string& book : books) held.Add(BookOfAddressBook(book));
    std::map<std::string, std::string> expected;
    for (const auto& [key, value] : Distributed()) {
      if (!IsOfCustomers(key)) continue;
      const auto id = Replica::OwnerOf(key, value);
      if (id.has_value()) {
        const auto owner = FindCustomer(database().latest(), *id);
        if (!held.HoldAny((*owner)->customer().address_books())) continue;
      }
      expected[key] = value;
    }
    std::map<std::string, std::string> held_records = replica.records;
    std::erase_if(held_records, [](const auto& record) { return !IsOfCustomers(record.first); });
    EXPECT_EQ(held_records, expected);
  }
  static bool IsOfCustomers(const std::string& key) {
    return key.front() == replication::v1::RECORD_KIND_CUSTOMER ||
           key.front() == replication::v1::RECORD_KIND_ADDRESS ||
           key.front() == replication::v1::RECORD_KIND_LOYALTY_CARD;
  }
  // Nothing of it is published but by runs, or all at once again.
  void SetManual(const std::string& job, bool manual) {
    v1::UpdateConfigurationRequest request;
    auto& changed = *request.mutable_configuration()->mutable_batch_job();
    changed.set_name("batchJobs/" + job);
    changed.set_mode(manual ? v1::BATCH_JOB_MODE_MANUAL : v1::BATCH_JOB_MODE_CONTINUOUS);
    request.mutable_update_mask()->add_paths("mode");
    ASSERT_THAT(Administer<v1::Configuration>(request), IsOk());
  }
  void RunJob(const std::string& job) {
    v1::RunJobRequest run;
    run.set_name("batchJobs/" + job);
    ASSERT_THAT(Administer<v1::JobRun>(run), IsOk());
  }
  // Entries of an address book's feed.
  std::vector<std::string> Entries(const std::string& book,
                                   replication::v1::Job job = replication::v1::JOB_1010_CUSTOMERS) {
    const std::string prefix = FeedPrefix(AddressBookFeed(job, book));
    std::vector<std::string> entries;
    for (const auto& [key, value] : database().Copy()) {
      if (key.first == Table::kFeeds && key.second.starts_with(prefix)) {
        entries.push_back(key.second.substr(prefix.size() + 8));
      }
    }
    return entries;
  }
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_BOOKS_TEST_H_
