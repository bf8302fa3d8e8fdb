// Finding customers from a store, its own and everybody's.

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using ::testing::ElementsAre;

class SearchInStore : public Story {
 protected:
  static SearchCustomersResponse SearchAll(Store& store, const std::string& query) {
    return Search(store, query, customer::v1::SEARCH_SCOPE_ALL_STORES);
  }
  static SearchCustomersResponse Search(Store& store, const std::string& query,
                                        customer::v1::SearchScope scope) {
    SearchCustomersRequest request;
    request.set_query(query);
    request.set_scope(scope);
    SearchCustomersResponse response;
    EXPECT_THAT(Call(*store.customers, &customer::v1::CustomerService::Stub::SearchCustomers,
                     request, &response),
                IsOk());
    return response;
  }
  static std::vector<std::string> Names(const SearchCustomersResponse& response) {
    std::vector<std::string> names;
    for (const auto& result : response.results()) names.push_back(result.customer().display_name());
    return names;
  }
};
COMPTOIR_TELL_STORIES(SearchInStore);

// A customer whom another store created is found among all stores from the reply on, and with it
// what is still pending here. Without HQ the store answers alone, and says so. (S2, V1, V2, V4)
TEST_P(SearchInStore, AllStoresThroughHq) {
  PROVES("S2", "V1", "V2", "V4");
  Chain chain(GetParam(), {"sync", "async"});
  Store& other = chain.store(0);
  Store& store = chain.store(1);
  Customer renee = NewPerson("Renée", "Alvarez");
  renee.add_addresses()->add_street("12 Rue de l'Église");
  renee.mutable_addresses(0)->set_city("Genève");
  renee.mutable_addresses(0)->set_country("CH");
  ASSERT_THAT(Create(*other.customers, renee), IsOk());
  EXPECT_THAT(Names(SearchAll(store, "renee alvarez")), ElementsAre("Renée Alvarez"));
  EXPECT_THAT(Names(SearchAll(store, "alvares")), ElementsAre("Renée Alvarez"));
  EXPECT_THAT(Names(SearchAll(store, "eglise geneve")), ElementsAre("Renée Alvarez"));
  EXPECT_EQ(SearchAll(store, "renee").scope(), customer::v1::SEARCH_SCOPE_ALL_STORES);

  chain.WaitUntilHome();
  chain.hq().Kill();
  ASSERT_THAT(Create(*store.customers, NewPerson("Renée", "Pending")), IsOk());
  const SearchCustomersResponse alone = SearchAll(store, "renee");
  EXPECT_EQ(alone.scope(), customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_EQ(alone.reason(), "HQ_UNREACHABLE");
  EXPECT_THAT(Names(alone), ::testing::UnorderedElementsAre("Renée Alvarez", "Renée Pending"));

  chain.hq().Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// Within words, too, in the store and at HQ: soon after a start, of all that was there before, and
// at once of what comes later. (V2, V7)
TEST_P(SearchInStore, WithinWordsOnceTheyAreInMemory) {
  PROVES("V2", "V7");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  ASSERT_THAT(Create(*store.customers, NewPerson("Renée", "Alvarez")), IsOk());
  chain.WaitUntilHome();
  store.service->Kill();
  chain.hq().Kill();
  chain.hq().Start();
  store.service->Start();
  chain.WaitUntilReady(store);
  chain.WaitUntilOnline(store);
  for (const auto scope :
       {customer::v1::SEARCH_SCOPE_THIS_STORE, customer::v1::SEARCH_SCOPE_ALL_STORES}) {
    WaitFor("words to be in memory",
            [&] { return !Search(store, "lvare", scope).results().empty(); });
  }
  ASSERT_THAT(Create(*store.customers, NewPerson("Ana", "Alvarado")), IsOk());
  EXPECT_THAT(Names(Search(store, "lvar", customer::v1::SEARCH_SCOPE_THIS_STORE)),
              ElementsAre("Ana Alvarado", "Renée Alvarez"));
  chain.WaitUntilHome();
  EXPECT_THAT(Names(SearchAll(store, "lvar")), ElementsAre("Ana Alvarado", "Renée Alvarez"));
}

}  // namespace
}  // namespace comptoir::testing
