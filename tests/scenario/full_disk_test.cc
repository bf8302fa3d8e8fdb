// HQ on a disk that is full. In this process alone: the disk is the Env that RocksDB is given.

#include "tests/support/chain/story.h"
#include "tests/support/storage/faulty_env.h"

namespace comptoir::testing {
namespace {

using ::testing::SizeIs;

// HQ's disk fills up: HQ refuses to write, but serves, and says why. The store falls back in the
// same call, without taking the link down. When there is room again everything comes home by
// itself. (S5, S6, S8, P5)
TEST(HqsFullDisk, TheStoreFallsBack) {
  PROVES("S5", "S6", "P5");
  FaultyEnv disk;
  Chain chain(Chain::Harness::kInProcess, {"sync"}, &disk);
  Store& store = chain.store(0);
  const auto before = Create(*store.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->state(), customer::v1::CUSTOMER_STATE_SYNCED);

  disk.set_free_bytes(1 << 20);
  WaitFor("HQ to notice", [&] {
    return absl::IsResourceExhausted(
        Create(chain.hq_customers(), NewPerson("Nobody", "Here"), "001").status());
  });
  EXPECT_THAT(Create(chain.hq_customers(), NewPerson("Nobody", "Here"), "001"),
              HasReason("DISK_FULL"));
  const auto pending = Create(*store.customers, NewPerson("Grace", "Hopper"));
  ASSERT_THAT(pending, IsOk());
  EXPECT_EQ(pending->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(StatusOf(store).created_by_fallback(), 1u);
  EXPECT_THAT(Search(chain.hq_customers(), "lovelace"), SizeIs(1));

  disk.set_free_bytes(uint64_t{1} << 40);
  chain.WaitUntilHome();
  const auto home = Get(*store.customers, pending->name());
  ASSERT_THAT(home, IsOk());
  EXPECT_EQ(home->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  ExpectAllEqual(chain);
}

}  // namespace
}  // namespace comptoir::testing
