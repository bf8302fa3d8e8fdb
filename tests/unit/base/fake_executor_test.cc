#include "tests/support/fake_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_clock.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;

TEST(FakeExecutorTest, RunsWhatIsDueInOrder) {
  FakeClock clock;
  FakeExecutor executor(clock);
  std::vector<int> ran;
  executor.RunAfter(absl::Seconds(2), [&] { ran.push_back(3); });
  executor.RunAfter(absl::Seconds(1), [&] { ran.push_back(2); });
  executor.Post([&] { ran.push_back(1); });

  EXPECT_EQ(executor.RunReady(), 1u);
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_EQ(executor.Advance(absl::Seconds(5)), 2u);
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST(FakeExecutorTest, ATaskSeesTheTimeAtWhichItIsDue) {
  FakeClock clock;
  FakeExecutor executor(clock);
  const absl::Time start = clock.Now();
  absl::Time seen;
  executor.RunAfter(absl::Seconds(1), [&] { seen = clock.Now(); });
  executor.Advance(absl::Seconds(5));
  EXPECT_EQ(seen, start + absl::Seconds(1));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(5));
}

TEST(FakeExecutorTest, CancelAndStopForget) {
  FakeClock clock;
  FakeExecutor executor(clock);
  const TimerToken token = executor.RunAfter(absl::Seconds(1), [] {});
  EXPECT_TRUE(executor.Cancel(token));
  EXPECT_FALSE(executor.Cancel(token));
  executor.Post([] {});
  executor.Stop();
  EXPECT_EQ(executor.pending(), 0u);
  EXPECT_FALSE(executor.Post([] {}));
}

}  // namespace
}  // namespace comptoir
