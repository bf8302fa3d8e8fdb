#include "common/base/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace comptoir {
namespace {

using ::testing::ElementsAre;

// Returns when everything that was posted to `loop` before has run.
void Flush(Loop& loop) {
  std::promise<void> done;
  ASSERT_TRUE(loop.Post([&] { done.set_value(); }));
  done.get_future().wait();
}

TEST(LoopTest, RunsInTheOrderOfTheCalls) {
  Loop loop;
  std::vector<int> ran;
  for (int i = 0; i < 1000; ++i) loop.Post([&ran, i] { ran.push_back(i); });
  Flush(loop);
  ASSERT_EQ(ran.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(LoopTest, RunsOnAThreadOfItsOwn) {
  Loop loop;
  bool on_loop = false;
  loop.Post([&] { on_loop = loop.OnLoop(); });
  Flush(loop);
  EXPECT_TRUE(on_loop);
  EXPECT_FALSE(loop.OnLoop());
}

TEST(LoopTest, ATaskMayPost) {
  Loop loop;
  std::promise<void> done;
  loop.Post([&] { loop.Post([&] { done.set_value(); }); });
  done.get_future().wait();
}

// Longer delays come later, whatever the order of the calls.
TEST(LoopTest, TimersRunInTheOrderOfTheirTimes) {
  Loop loop;
  std::vector<int> ran;
  std::promise<void> done;
  loop.Post([&] {  // one task, so that no timer runs before all are set
    loop.RunAfter(absl::Milliseconds(30), [&] {
      ran.push_back(30);
      done.set_value();
    });
    loop.RunAfter(absl::Milliseconds(10), [&] { ran.push_back(10); });
    loop.RunAfter(absl::Milliseconds(20), [&] { ran.push_back(20); });
  });
  done.get_future().wait();
  EXPECT_THAT(ran, ElementsAre(10, 20, 30));
}

TEST(LoopTest, ATimerIsNotEarly) {
  Loop loop;
  const auto start = std::chrono::steady_clock::now();
  std::promise<std::chrono::steady_clock::time_point> ran;
  loop.RunAfter(absl::Milliseconds(20), [&] { ran.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(ran.get_future().get() - start, std::chrono::milliseconds(20));
}

TEST(LoopTest, ANewTimerMayBeSoonerThanTheOneWaitedFor) {
  Loop loop;
  loop.RunAfter(absl::Hours(1), [] {});
  std::promise<void> done;
  loop.RunAfter(absl::Milliseconds(1), [&] { done.set_value(); });
  done.get_future().wait();
}

TEST(LoopTest, DelaysMayBeNegativeOrInfinite) {
  Loop loop;
  std::promise<void> done;
  EXPECT_NE(loop.RunAfter(absl::InfiniteDuration(), [] {}), TimerToken());
  loop.RunAfter(-absl::InfiniteDuration(), [&] { done.set_value(); });
  done.get_future().wait();
}

TEST(LoopTest, ACancelledTimerDoesNotRun) {
  Loop loop;
  std::atomic<bool> ran = false;
  const TimerToken token = loop.RunAfter(absl::Hours(1), [&] { ran = true; });
  EXPECT_TRUE(loop.Cancel(token));
  EXPECT_FALSE(loop.Cancel(token));
  EXPECT_FALSE(loop.Cancel(TimerToken()));
  loop.Stop();
  EXPECT_FALSE(ran);
}

// Both timers are due when the first runs; what it cancels must not run, or it would use what the
// first has just destroyed.
TEST(LoopTest, ATaskCancelsATimerThatIsAlreadyDue) {
  Loop loop;
  bool ran = false;
  bool cancelled = false;
  loop.Post([&] {
    auto token = std::make_shared<TimerToken>();
    loop.RunAfter(absl::ZeroDuration(), [&, token] { cancelled = loop.Cancel(*token); });
    *token = loop.RunAfter(absl::ZeroDuration(), [&] { ran = true; });
  });
  Flush(loop);
  Flush(loop);
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(ran);
}

TEST(LoopTest, ACancelledOrFinishedTaskIsDestroyed) {
  Loop loop;
  auto held = std::make_shared<int>(1);
  const TimerToken token = loop.RunAfter(absl::Hours(1), [held] {});
  EXPECT_EQ(held.use_count(), 2);
  loop.Cancel(token);
  EXPECT_EQ(held.use_count(), 1);
  loop.Post([held] {});
  Flush(loop);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(LoopTest, StopRunsWhatWasPostedAndDropsTimers) {
  Loop loop;
  std::atomic<int> ran = 0;
  std::atomic<bool> timer_ran = false;
  std::promise<void> go;
  loop.Post([&, gate = go.get_future().share()] { gate.wait(); });
  for (int i = 0; i < 10; ++i) loop.Post([&] { ++ran; });
  loop.RunAfter(absl::Hours(1), [&] { timer_ran = true; });
  go.set_value();
  loop.Stop();
  EXPECT_EQ(ran, 10);
  EXPECT_FALSE(timer_ran);
}

TEST(LoopTest, AfterStopNothingIsTaken) {
  Loop loop;
  loop.Stop();
  loop.Stop();
  bool ran = false;
  EXPECT_FALSE(loop.Post([&] { ran = true; }));
  EXPECT_EQ(loop.RunAfter(absl::ZeroDuration(), [&] { ran = true; }), TimerToken());
  EXPECT_FALSE(ran);
}

// The system gives the id of the loop's thread, which is gone, to the next thread.
TEST(LoopTest, AfterStopNoThreadIsTakenForTheLoop) {
  Loop loop;
  loop.Stop();
  for (int i = 0; i < 10; ++i) {
    std::thread([&] {
      EXPECT_FALSE(loop.OnLoop());
      loop.Stop();
    }).join();
  }
}

TEST(LoopTest, ManyThreadsMayUseAndStopIt) {
  std::atomic<int> ran = 0;
  std::atomic<int> accepted = 0;
  Loop loop;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        if (loop.Post([&] { ++ran; })) ++accepted;
        loop.Cancel(loop.RunAfter(absl::Microseconds(j), [] {}));
      }
      loop.Stop();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, accepted);
}

TEST(LoopDeathTest, MoreTasksThanTheLimitAreABug) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Loop loop({.tasks_max = 10});
        loop.Post([&] {
          for (int i = 0; i < 11; ++i) loop.Post([] {});
        });
        Flush(loop);
      },
      "the loop doesn't keep up");
}

TEST(LoopDeathTest, ALoopCannotStopItself) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Loop loop;
        loop.Post([&] { loop.Stop(); });
        Flush(loop);
      },
      "cannot wait for itself");
}

}  // namespace
}  // namespace comptoir
