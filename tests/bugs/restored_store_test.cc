// Stores whose database was replaced by an earlier copy.

#include <gtest/gtest.h>

#include "tests/bugs/chain.h"
#include "tests/support/proves.h"

namespace comptoir::sim {
namespace {

// A store's database is restored from a copy of before HQ acknowledged an operation. HQ has
// converted it meanwhile, has told so to the database that is gone, and has forgotten the result.
// The restored one learns from HQ's hello that the operation is acknowledged, and must ask what
// became of it: it kept it as unsettled until its next reconnection.
TEST(RestoredStore, AsksForResultsThatItsFormerSelfHasTaken) {
  PROVES("P13");
  Chain chain;
  chain.network().Partition(chain.store(), true);
  chain.Create(chain.NewId(), "Lovelace");
  const MemoryDatabase::Content copy = chain.store().database().disk().Copy();
  chain.network().Partition(chain.store(), false);
  chain.RunFor(absl::Seconds(10));
  ASSERT_EQ(chain.OutboxDepth(), 0);

  chain.RestoreStore(copy);
  ASSERT_EQ(chain.OutboxDepth(), 1);
  chain.RunFor(absl::Seconds(10));

  EXPECT_EQ(chain.OutboxDepth(), 0);
}

// The same with a second operation, which HQ has refused and keeps: its result may come before HQ's
// hello, and says that the first one is acknowledged, too.
TEST(RestoredStore, AsksThoughAResultWasFasterThanTheHello) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Chain chain(seed);
    chain.network().Partition(chain.store(), true);
    const CustomerId reused = chain.NewId();
    chain.CreateAtHq(reused, "Curie");
    chain.Create(chain.NewId(), "Lovelace");
    chain.Create(reused, "Hopper");
    const MemoryDatabase::Content copy = chain.store().database().disk().Copy();
    chain.network().Partition(chain.store(), false);
    chain.RunFor(absl::Seconds(10));
    ASSERT_EQ(chain.OutboxDepth(), 1);

    chain.RestoreStore(copy);
    ASSERT_EQ(chain.OutboxDepth(), 2);
    chain.RunFor(absl::Seconds(10));

    EXPECT_EQ(chain.OutboxDepth(), 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace comptoir::sim
