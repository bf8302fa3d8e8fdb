// Customers that stores change without asking HQ, and what HQ makes of it. (F5, F10, B4)

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using customer::v1::CustomerService;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AsyncEdit : public Story {};
COMPTOIR_TELL_STORIES(AsyncEdit);

void SwitchEditsOn(Chain& chain) {
  for (const char* feature : {"F2", "F3", "F4", "F5"}) SwitchFeature(chain, feature, true);
}

absl::StatusOr<Customer> SetNotes(CustomerService::Stub& stub, const Customer& customer,
                                  const std::string& notes) {
  Customer change = customer;
  change.set_notes(notes);
  return Update(stub, change, "notes", "");
}

std::vector<hq::v1::Conflict> Conflicts(Chain& chain) {
  hq::v1::ListConflictsResponse response;
  EXPECT_THAT(Call(chain.admin(), &hq::v1::AdminService::Stub::ListConflicts, {}, &response),
              IsOk());
  return {response.conflicts().begin(), response.conflicts().end()};
}

// HQ is dead. A store edits a customer that HQ has and one that it made itself, and an address; it
// dies and shows them all again; when HQ is back they come home, and another store has them.
TEST_P(AsyncEdit, OfflineAndHome) {
  PROVES("F5", "C7", "A10", "S10");
  Chain chain(GetParam(), {"sync", "async"});
  SwitchEditsOn(chain);
  Store& store = chain.store(0);
  Customer ada = NewPerson("Ada", "Lovelace");
  ada.add_addresses()->set_city("London");
  const auto synced = Create(*store.customers, ada);
  ASSERT_THAT(synced, IsOk());
  chain.hq().Kill();
  chain.WaitUntilOnline(store, false);
  const auto pending = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(pending, IsOk());
  for (const Customer& customer : {*synced, *pending}) {
    const auto edited = SetNotes(*store.customers, customer, "likes tea");
    ASSERT_THAT(edited, IsOk());
    EXPECT_TRUE(edited->edit_pending());
  }
  customer::v1::UpdateAddressRequest update;
  update.mutable_address()->set_name(synced->primary_address());
  update.mutable_address()->set_city("Paris");
  update.mutable_update_mask()->add_paths("city");
  customer::v1::Address address;
  ASSERT_THAT(Call(*store.customers, &CustomerService::Stub::UpdateAddress, update, &address),
              IsOk());
  store.service->Kill();
  store.service->Start();
  chain.WaitUntilReady(store);
  EXPECT_EQ(Get(*store.customers, synced->name())->notes(), "likes tea");
  EXPECT_EQ(Get(*store.customers, pending->name())->notes(), "likes tea");

  chain.hq().Start();
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  EXPECT_EQ(Get(*chain.store(1).customers, pending->name())->notes(), "likes tea");
  ASSERT_THAT(AllAddresses(*chain.store(1).customers, synced->name()), SizeIs(1));
  EXPECT_EQ(AllAddresses(*chain.store(1).customers, synced->name())[0].city(), "Paris");
  EXPECT_FALSE(Get(*store.customers, synced->name())->edit_pending());
}

// Two stores change one customer while HQ is away: different fields are both there afterwards; of
// the same field HQ keeps what came first, both stores show it marked, and a person decides.
TEST_P(AsyncEdit, TwoStoresAndOnePerson) {
  PROVES("F10", "B4", "F5");
  Chain chain(GetParam(), {"sync", "sync"});
  SwitchEditsOn(chain);
  const auto ada = Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(ada, IsOk());
  chain.WaitUntilHome();
  chain.hq().Kill();
  for (int i : {0, 1}) chain.WaitUntilOnline(chain.store(i), false);
  ASSERT_THAT(SetNotes(*chain.store(0).customers, *ada, "likes tea"), IsOk());
  ASSERT_THAT(SetNotes(*chain.store(1).customers, *ada, "likes coffee"), IsOk());
  Customer url = *ada;
  url.set_url("https://ada.example");
  ASSERT_THAT(Update(*chain.store(1).customers, url, "url", ""), IsOk());
  chain.hq().Start();
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  EXPECT_EQ(Get(chain.hq_customers(), ada->name())->url(), "https://ada.example");
  for (int i : {0, 1}) {
    EXPECT_THAT(Get(*chain.store(i).customers, ada->name())->conflicted_fields(),
                ElementsAre("notes"));
  }
  const auto conflicts = Conflicts(chain);
  ASSERT_THAT(conflicts, SizeIs(1));
  hq::v1::ResolveConflictRequest resolve;
  resolve.set_name(conflicts[0].name());
  resolve.mutable_customer()->set_notes("likes tea and coffee");
  resolve.mutable_update_mask()->add_paths("notes");
  hq::v1::Conflict left;
  ASSERT_THAT(Call(chain.admin(), &hq::v1::AdminService::Stub::ResolveConflict, resolve, &left),
              IsOk());
  EXPECT_THAT(left.fields(), IsEmpty());
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
  EXPECT_EQ(Get(*chain.store(0).customers, ada->name())->notes(), "likes tea and coffee");
  EXPECT_THAT(Get(*chain.store(1).customers, ada->name())->conflicted_fields(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::testing
