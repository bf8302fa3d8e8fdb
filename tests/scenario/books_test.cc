// Stores with address books of their own: who sees whom, and why.

#include "common/rpc/status_mapping.h"
#include "comptoir/hq/v1/visibility_service.grpc.pb.h"
#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using hq::v1::AdminService;
using hq::v1::VisibilityService;
using Stub = customer::v1::CustomerService::Stub;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class AddressBooks : public Story {
 protected:
  // One book for each store: "book-0", "book-1".
  static void GiveBooks(Chain& chain) {
    for (int i = 0; i < chain.store_count(); ++i) {
      const std::string name = "addressBooks/book-" + std::to_string(i);
      hq::v1::CreateConfigurationRequest book;
      book.mutable_configuration()->mutable_address_book()->set_name(name);
      hq::v1::Configuration made;
      ASSERT_THAT(Call(chain.admin(), &AdminService::Stub::CreateConfiguration, book, &made),
                  IsOk());
      hq::v1::UpdateChannelRequest channel;
      channel.mutable_channel()->set_name("channels/" + chain.store(i).channel);
      channel.mutable_channel()->add_address_books(name);
      channel.mutable_update_mask()->add_paths("address_books");
      hq::v1::Channel changed;
      ASSERT_THAT(Call(chain.admin(), &AdminService::Stub::UpdateChannel, channel, &changed),
                  IsOk());
    }
    WaitFor("the books to be in force", [&] { return InForceEverywhere(chain); });
    for (int i = 0; i < chain.store_count(); ++i) {
      WaitFor("the memberships", [&] { return Holds(chain.store(i), i); });
    }
  }
  static bool Holds(Store& store, int i) {
    const channel::v1::Status status = StatusOf(store);
    return std::any_of(status.cursors().begin(), status.cursors().end(), [&](const auto& cursor) {
      return cursor.membership().book() == "book/book-" + std::to_string(i);
    });
  }
  static void Move(Chain& chain, const std::string& name, const std::string& book) {
    Customer moved;
    moved.set_name(name);
    moved.add_address_books(book);
    ASSERT_THAT(Update(chain.hq_customers(), moved, "address_books", ""), IsOk());
  }
  static absl::Status IssueCard(Store& store, const std::string& number,
                                const std::string& customer) {
    customer::v1::IssueLoyaltyCardRequest request;
    request.mutable_card()->set_name("loyaltyCards/" + number);
    request.mutable_card()->set_customer(customer);
    customer::v1::LoyaltyCard card;
    return Call(*store.customers, &Stub::IssueLoyaltyCard, request, &card);
  }
  static bool HasCard(Store& store, const std::string& number) {
    customer::v1::GetLoyaltyCardRequest request;
    request.set_name("loyaltyCards/" + number);
    customer::v1::LoyaltyCard card;
    return Call(*store.customers, &Stub::GetLoyaltyCard, request, &card).ok();
  }
  static bool Finds(Store& store, const std::string& query) {
    return !Search(*store.customers, query).empty();
  }
  static hq::v1::CustomerVisibility Explain(Chain& chain, const std::string& customer,
                                            const Store& store,
                                            const std::string& language = "en") {
    const auto stub = VisibilityService::NewStub(
        grpc::CreateChannel(chain.hq().address(), grpc::InsecureChannelCredentials()));
    hq::v1::ExplainVisibilityRequest request;
    request.set_customer(customer);
    request.set_channel("channels/" + store.channel);
    hq::v1::CustomerVisibility visibility;
    EXPECT_THAT(Call(*stub, &VisibilityService::Stub::ExplainVisibility, request, &visibility,
                     absl::Seconds(10), language),
                IsOk());
    return visibility;
  }
  static std::vector<std::string> Reasons(const hq::v1::CustomerVisibility& visibility) {
    std::vector<std::string> reasons;
    for (const auto& reason : visibility.reasons()) reasons.push_back(reason.reason());
    return reasons;
  }
};
COMPTOIR_TELL_STORIES(AddressBooks);

// Each store has its own customers, pending ones too. One that HQ moves leaves the first store and
// comes to the second with all its addresses, whether the stores were on or off. (V8)
TEST_P(AddressBooks, CustomersAreWhereTheirBooksAre) {
  PROVES("V8");
  Chain chain(GetParam(), {"sync", "async"});
  GiveBooks(chain);
  Store& first = chain.store(0);
  Store& second = chain.store(1);
  Customer ada = NewPerson("Ada", "Lovelace");
  for (int i = 0; i < 30; ++i) {
    ada.add_addresses()->add_street("Rue " + std::to_string(i));
    ada.mutable_addresses(i)->set_country("FR");
  }
  const auto created = Create(*first.customers, ada);
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(created->address_books(), ElementsAre("book-0"));
  const auto pending = Create(*second.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(pending, IsOk());
  EXPECT_THAT(pending->address_books(), ElementsAre("book-1"));
  chain.WaitUntilHome();
  EXPECT_TRUE(Finds(first, "lovelace"));
  EXPECT_FALSE(Finds(second, "lovelace"));
  EXPECT_FALSE(Finds(first, "hopper"));
  EXPECT_TRUE(Finds(second, "hopper"));

  second.service->Kill();
  Move(chain, created->name(), "book-1");
  WaitFor("the customer to leave", [&] { return AllCustomers(*first.customers).empty(); });
  WaitFor("its addresses to leave", [&] { return AllAddresses(*first.customers).empty(); });
  second.service->Start();
  WaitFor("the customer to come", [&] { return Finds(second, "lovelace"); });
  WaitFor("its addresses to come",
          [&] { return AllAddresses(*second.customers, created->name()).size() == 30; });
}

// A store has the cards of its own customers and those that are nobody's. They go where their
// customers go; one that is tied here goes from the other store. (Y2, V8)
TEST_P(AddressBooks, CardsFollowTheirCustomers) {
  PROVES("Y2", "V8");
  Chain chain(GetParam(), {"sync", "sync"});
  GiveBooks(chain);
  Store& first = chain.store(0);
  Store& second = chain.store(1);
  const auto ada = Create(*first.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(ada, IsOk());
  ASSERT_THAT(IssueCard(first, "gold-1", ada->name()), IsOk());
  ASSERT_THAT(IssueCard(first, "gold-2", ""), IsOk());
  WaitFor("nobody's card to come", [&] { return HasCard(second, "gold-2"); });
  EXPECT_FALSE(HasCard(second, "gold-1"));
  EXPECT_TRUE(Finds(first, "gold-1"));

  customer::v1::TieLoyaltyCardRequest tie;
  tie.set_name("loyaltyCards/gold-2");
  tie.set_customer(ada->name());
  customer::v1::LoyaltyCard tied;
  ASSERT_THAT(Call(*first.customers, &Stub::TieLoyaltyCard, tie, &tied), IsOk());
  WaitFor("the card to leave", [&] { return !HasCard(second, "gold-2"); });
  EXPECT_TRUE(Finds(first, "gold-2"));

  second.service->Kill();
  Move(chain, ada->name(), "book-1");
  WaitFor("the cards to leave",
          [&] { return !HasCard(first, "gold-1") && !HasCard(first, "gold-2"); });
  second.service->Start();
  WaitFor("the cards to come", [&] { return Finds(second, "gold-1") && Finds(second, "gold-2"); });
}

// A customer of the other store is opened here: it comes with its addresses and stays. (V6)
TEST_P(AddressBooks, OpeningBringsACustomerIntoTheStore) {
  PROVES("V6");
  Chain chain(GetParam(), {"sync", "sync"});
  GiveBooks(chain);
  Store& first = chain.store(0);
  Store& second = chain.store(1);
  Customer ada = NewPerson("Ada", "Lovelace");
  ada.add_addresses()->set_city("London");
  const auto created = Create(*first.customers, ada);
  ASSERT_THAT(created, IsOk());
  chain.WaitUntilHome();
  EXPECT_FALSE(Finds(second, "lovelace"));

  chain.hq().Kill();
  chain.WaitUntilOnline(second, false);
  EXPECT_THAT(Get(*second.customers, created->name()), HasReason("CUSTOMER_NOT_FOUND"));
  chain.hq().Start();
  chain.WaitUntilOnline(second);

  const auto opened = Get(*second.customers, "accountNumbers/" + created->account_number());
  ASSERT_THAT(opened, IsOk());
  EXPECT_THAT(opened->address_books(), ElementsAre("book-0", "book-1"));
  EXPECT_TRUE(Finds(second, "lovelace"));
  // If 1010 was quicker than HQ's answer, its addresses follow by that.
  WaitFor("its address",
          [&] { return AllAddresses(*second.customers, created->name()).size() == 1; });
  // It stays, for both.
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// Why a store sees a customer, or doesn't, at each step of its way. (V9)
TEST_P(AddressBooks, VisibilityIsExplained) {
  PROVES("V9");
  Chain chain(GetParam(), {"sync", "async"});
  GiveBooks(chain);
  Store& first = chain.store(0);
  Store& second = chain.store(1);
  const auto created = Create(*first.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  WaitFor("HQ to hear of it", [&] { return Explain(chain, created->name(), first).visible(); });
  const auto here = Explain(chain, created->name(), first);
  EXPECT_THAT(Reasons(here), ElementsAre("IN_ADDRESS_BOOK"));
  EXPECT_EQ(here.reasons(0).address_book(), "addressBooks/book-0");
  const auto there = Explain(chain, created->name(), second, "fr");
  EXPECT_FALSE(there.visible());
  EXPECT_THAT(Reasons(there), ElementsAre("NOT_IN_ADDRESS_BOOKS"));
  EXPECT_EQ(there.reasons(0).text(), "Le client ne figure dans aucun carnet d'adresses du canal.");
  EXPECT_THAT(Reasons(Explain(chain, NewCustomerName(), first)), ElementsAre("CUSTOMER_NOT_FOUND"));

  second.service->Kill();
  Move(chain, created->name(), "book-1");
  WaitFor("HQ to notice", [&] {
    return Reasons(Explain(chain, created->name(), second)) ==
           std::vector<std::string>{"IN_ADDRESS_BOOK", "DISCONNECTED"};
  });
  second.service->Start();
  WaitFor("the store to have it",
          [&] { return Explain(chain, created->name(), second).visible(); });
}

}  // namespace
}  // namespace comptoir::testing
