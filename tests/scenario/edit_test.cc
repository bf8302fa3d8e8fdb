// Changing customers and their addresses, in real time through HQ.

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Address;
using customer::v1::CustomerService;

class EditInStore : public Story {};
COMPTOIR_TELL_STORIES(EditInStore);

// An update goes to HQ with a field mask and an etag; a stale etag is told the current one. (C7)
TEST_P(EditInStore, WithMaskAndEtag) {
  PROVES("C7");
  Chain chain(GetParam(), {"sync", "sync"});
  const auto created = Create(*chain.store(0).customers, NewPerson("Ada", "Byron"));
  ASSERT_THAT(created, IsOk());
  auto change = *created;
  change.set_family_name("Lovelace");
  change.set_given_name("not in the mask");
  const auto updated = Update(*chain.store(0).customers, change, "family_name", created->etag());
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->display_name(), "Ada Lovelace");
  EXPECT_NE(updated->etag(), created->etag());
  EXPECT_EQ(Search(*chain.store(0).customers, "lovelace").size(), 1u);
  EXPECT_EQ(Search(*chain.store(0).customers, "byron").size(), 0u);

  const auto stale = Update(*chain.store(0).customers, change, "family_name", created->etag());
  EXPECT_THAT(stale, HasReason("ETAG_MISMATCH"));
  EXPECT_EQ(MetadataOf(stale.status(), "etag"), updated->etag());
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// While HQ is away nothing can be edited, and nothing is stored; a pending customer cannot be
// edited until its account number has come back. (S10, L1)
TEST_P(EditInStore, NotWhileOfflineNorPending) {
  PROVES("S10", "L1");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  const auto synced = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(synced, IsOk());
  chain.hq().Kill();
  const auto pending = Create(*store.customers, NewPerson("Alan", "Turing"));
  ASSERT_THAT(pending, IsOk());
  chain.WaitUntilOnline(store, false);
  EXPECT_THAT(Update(*store.customers, *synced, "family_name", ""), HasReason("HQ_UNREACHABLE"));
  EXPECT_THAT(Update(*store.customers, *pending, "family_name", ""), HasReason("CUSTOMER_PENDING"));
  chain.hq().Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  EXPECT_THAT(Update(*store.customers, *pending, "family_name", ""), IsOk());
}

// Addresses are resources of their own: made, made primary, changed, taken out of use; the oldest
// active one follows. (A1, A4, A5, A6, A7, A8, A10)
TEST_P(EditInStore, Addresses) {
  PROVES("A1", "A2", "A4", "A5", "A6", "A7", "A8", "A10");
  Chain chain(GetParam(), {"sync", "async"});
  CustomerService::Stub& stub = *chain.store(0).customers;
  const auto created = Create(stub, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());

  const auto add = [&](const std::string& city, bool primary) {
    customer::v1::CreateAddressRequest request;
    request.set_parent(created->name());
    request.mutable_address()->set_city(city);
    request.mutable_address()->set_primary(primary);
    Address address;
    EXPECT_THAT(Call(stub, &CustomerService::Stub::CreateAddress, request, &address), IsOk());
    return address;
  };
  const Address first = add("Seattle", false);
  EXPECT_TRUE(first.primary());
  EXPECT_EQ(first.country(), "US");
  EXPECT_EQ(first.display_name(), "Ada Lovelace");
  EXPECT_THAT(first.purposes(), ::testing::ElementsAre("Home"));
  const Address second = add("Portland", false);
  const Address third = add("London", true);
  EXPECT_FALSE(second.primary());
  EXPECT_TRUE(third.primary());

  customer::v1::CreateAddressRequest blank;
  blank.set_parent(created->name());
  blank.mutable_address()->set_display_name("Nowhere");
  Address none;
  EXPECT_THAT(Call(stub, &CustomerService::Stub::CreateAddress, blank, &none),
              HasReason("INVALID_FIELDS"));

  customer::v1::UpdateAddressRequest update;
  *update.mutable_address() = second;
  update.mutable_address()->set_city("Salem");
  update.mutable_update_mask()->add_paths("city");
  update.set_etag(second.etag());
  Address updated;
  ASSERT_THAT(Call(stub, &CustomerService::Stub::UpdateAddress, update, &updated), IsOk());
  EXPECT_EQ(updated.city(), "Salem");
  EXPECT_THAT(Call(stub, &CustomerService::Stub::UpdateAddress, update, &updated),
              HasReason("ETAG_MISMATCH"));

  customer::v1::DeactivateAddressRequest deactivate;
  deactivate.set_name(third.name());
  Address deactivated;
  ASSERT_THAT(Call(stub, &CustomerService::Stub::DeactivateAddress, deactivate, &deactivated),
              IsOk());
  EXPECT_TRUE(deactivated.deactivated());
  chain.WaitUntilHome();
  EXPECT_EQ(Get(chain.hq_customers(), created->name())->primary_address(), first.name());
  EXPECT_EQ(AllAddresses(chain.hq_customers(), created->name()).size(), 3u);
  ExpectAllEqual(chain);
}

}  // namespace
}  // namespace comptoir::testing
