// While people wait, bulk work is paced.

#include <gtest/gtest.h>

#include "tests/bugs/chain.h"
#include "tests/support/proves.h"

namespace comptoir::sim {
namespace {

// HQ comes back and a store's backlog comes home. Its hellos counted as people who wait at a till:
// for a second HQ gave bulk work a third of its time, just when there was most of it.
TEST(Courtesy, IsNotForHellos) {
  PROVES("S4");
  Chain chain;
  chain.network().Partition(chain.store(), true);
  for (int i = 0; i < 20; ++i) chain.Create(chain.NewId(), "Lovelace");
  chain.hq().Crash(/*power_lost=*/false);
  chain.network().Partition(chain.store(), false);
  chain.hq().Start();
  chain.RunFor(absl::Seconds(10));
  ASSERT_EQ(chain.OutboxDepth(), 0);

  EXPECT_EQ(chain.hq().interactive_groups(), 0);
  chain.CreateAtHq(chain.NewId(), "Hopper");
  EXPECT_EQ(chain.hq().interactive_groups(), 1);
}

}  // namespace
}  // namespace comptoir::sim
