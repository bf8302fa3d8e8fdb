// Addresses that stores take without asking HQ. (F4)

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::CustomerService;

class AddressInStore : public Story {};
COMPTOIR_TELL_STORIES(AddressInStore);

absl::StatusOr<Address> Add(Store& store, const Customer& customer, const std::string& city,
                            bool primary = false) {
  customer::v1::CreateAddressRequest request;
  request.set_parent(customer.name());
  request.mutable_address()->set_city(city);
  request.mutable_address()->set_primary(primary);
  Address address;
  COMPTOIR_RETURN_IF_ERROR(
      Call(*store.customers, &CustomerService::Stub::CreateAddress, request, &address));
  return address;
}

// HQ is dead. A store adds addresses to a customer that HQ has and to one that it made itself,
// makes one primary, dies and shows them all again; when HQ is back they come home, and another
// store has them. (A9, F4, S10)
TEST_P(AddressInStore, AddedWithoutHq) {
  PROVES("A9", "F4", "S10", "A7");
  Chain chain(GetParam(), {"sync", "async"});
  SwitchFeature(chain, "F4", true);
  Store& store = chain.store(0);
  const auto synced = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(synced, IsOk());
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto pending = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(pending, IsOk());
  std::vector<std::string> names;
  for (const Customer& customer : {*synced, *pending}) {
    for (const bool primary : {false, true}) {
      const auto address = Add(store, customer, primary ? "London" : "Paris", primary);
      ASSERT_THAT(address, IsOk());
      EXPECT_TRUE(address->pending());
      names.push_back(address->name());
    }
  }
  store.service->Kill();
  store.service->Start();
  chain.WaitUntilReady(store);
  EXPECT_EQ(AllAddresses(*store.customers).size(), 4u);
  EXPECT_EQ(Get(*store.customers, synced->name())->primary_address(), names[1]);

  chain.hq().Start();
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  EXPECT_EQ(AllAddresses(*chain.store(1).customers).size(), 4u);
  EXPECT_EQ(Get(chain.hq_customers(), synced->name())->primary_address(), names[1]);
  EXPECT_EQ(Get(chain.hq_customers(), pending->name())->primary_address(), names[3]);
}

// Without the feature neither is possible, and nothing is stored. (A9, S10)
TEST_P(AddressInStore, NotWithoutTheFeature) {
  PROVES("A9", "F0", "S10");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  const auto synced = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(synced, IsOk());
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto pending = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(pending, IsOk());
  EXPECT_THAT(Add(store, *synced, "Paris"), HasReason("HQ_UNREACHABLE"));
  EXPECT_THAT(Add(store, *pending, "Paris"), HasReason("CUSTOMER_PENDING"));
  EXPECT_TRUE(AllAddresses(*store.customers).empty());
}

}  // namespace
}  // namespace comptoir::testing
