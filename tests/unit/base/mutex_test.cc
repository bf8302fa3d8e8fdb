#include "common/base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace comptoir {
namespace {

TEST(MutexTest, OneThreadAtATime) {
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10'000; ++j) {
        MutexLock lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 40'000);
}

TEST(CondVarTest, WaitReturnsWithTheLockWhenNotified) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  int answer = 0;
  std::thread waiter([&] {
    MutexLock lock(mutex);
    while (!ready) changed.Wait(mutex);
    answer = 42;
  });
  {
    MutexLock lock(mutex);
    ready = true;
    changed.NotifyOne();
  }
  waiter.join();
  EXPECT_EQ(answer, 42);
}

TEST(CondVarTest, WaitForSaysWhetherTheTimeWasOver) {
  Mutex mutex;
  CondVar changed;
  MutexLock lock(mutex);
  // Spurious wake-ups are allowed, but not for ever.
  bool notified = true;
  for (int i = 0; i < 100 && notified; ++i)
    notified = changed.WaitFor(mutex, absl::Milliseconds(1));
  EXPECT_FALSE(notified);
}

TEST(CondVarTest, WaitForEverEndsWhenNotified) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  std::thread waiter([&] {
    MutexLock lock(mutex);
    while (!ready) EXPECT_TRUE(changed.WaitFor(mutex, absl::InfiniteDuration()));
  });
  {
    MutexLock lock(mutex);
    ready = true;
    changed.NotifyAll();
  }
  waiter.join();
}

}  // namespace
}  // namespace comptoir
