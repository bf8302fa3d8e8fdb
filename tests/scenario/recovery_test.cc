// Databases that are lost, restored, new.

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

class Recovery : public Story {};
COMPTOIR_TELL_STORIES(Recovery);

// A new store opens, another loses its disk: both read the current state, then tail. Nothing
// depends on the lost disk. (B6, P13)
TEST_P(Recovery, NewAndWipedStoresBecomeComplete) {
  PROVES("B6", "P13");
  Chain chain(GetParam(), {"async"});
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "Number" + std::to_string(i))),
                IsOk());
  }
  chain.WaitUntilHome();
  chain.store(0).service->Kill();
  chain.store(0).service->Wipe();
  chain.store(0).service->Start();
  Store& opened = chain.AddStore("sync");
  chain.WaitUntilReady(opened);
  chain.WaitUntilReady(chain.store(0));
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(*opened.customers).size(), 50u);
  ExpectAllEqual(chain);

  // What the wiped store creates next, in its new lineage, comes home too.
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "After")), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 51u);
  ExpectAllEqual(chain);
}

// A wiped store reads its own unsettled work back from HQ, doesn't upload it again, and it comes
// home when HQ can number it. (P13, P9)
TEST_P(Recovery, WipedStoreReadsItsUnsettledWorkBack) {
  PROVES("P13", "P9", "P12");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  using Admin = hq::v1::AdminService::Stub;
  hq::v1::UpdateNumberSequenceRequest block;
  block.mutable_number_sequence()->set_name("numberSequences/customers");
  block.mutable_number_sequence()->set_blocked(true);
  block.mutable_update_mask()->add_paths("blocked");
  hq::v1::NumberSequence number_sequence;
  ASSERT_THAT(Call(chain.admin(), &Admin::UpdateNumberSequence, block, &number_sequence), IsOk());
  const auto created = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  WaitFor("the upload", [&] { return StatusOf(store).outbox_unacknowledged() == 0; });

  store.service->Kill();
  store.service->Wipe();
  store.service->Start();
  chain.WaitUntilReady(store);
  WaitFor("its work to be read back",
          [&] { return Search(*store.customers, "ada lovelace").size() == 1; });
  EXPECT_EQ(Get(*store.customers, created->name())->state(), customer::v1::CUSTOMER_STATE_PENDING);
  block.mutable_number_sequence()->set_blocked(false);
  ASSERT_THAT(Call(chain.admin(), &Admin::UpdateNumberSequence, block, &number_sequence), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 1u);
  ExpectAllEqual(chain);
}

// A store's database is restored from a backup: it has diverged, begins a new lineage, and neither
// loses nor doubles anything. (P13, P7)
TEST_P(Recovery, RestoredStoreBeginsANewLineage) {
  PROVES("P13", "P7");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "Before")), IsOk());
  chain.hq().Kill();
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "Unsettled")), IsOk());
  store.service->Kill();
  store.service->Backup();
  store.service->Start();
  chain.WaitUntilReady(store);
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "After")), IsOk());
  chain.hq().Start();
  chain.WaitUntilHome();
  const auto lineage = StatusOf(store).lineage();

  store.service->Kill();
  store.service->Restore();
  store.service->Start();
  chain.WaitUntilReady(store);
  WaitFor("the new lineage", [&] {
    const auto now = StatusOf(store).lineage();
    return now != 0 && now != lineage;
  });
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 3u);
  ExpectAllEqual(chain);
}

}  // namespace
}  // namespace comptoir::testing
