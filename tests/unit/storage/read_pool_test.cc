#include "common/storage/read_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace comptoir {
namespace {

// A read that waits until it is let go.
class Gate {
 public:
  std::function<void()> Read() {
    return [this] {
      entered_.set_value();
      open_.get_future().wait();
    };
  }
  void WaitUntilEntered() { entered_.get_future().wait(); }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> open_;
};

TEST(ReadPoolTest, RunsEverythingThatItTook) {
  std::atomic<int> ran = 0;
  int taken = 0;
  {
    ReadPool pool({.threads = 3, .queue_reads_max = 10});
    std::vector<std::thread> callers;
    std::atomic<int> taken_by_all = 0;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        for (int j = 0; j < 1000; ++j) taken_by_all += pool.Run([&] { ++ran; }) ? 1 : 0;
      });
    }
    for (std::thread& caller : callers) caller.join();
    taken = taken_by_all;
    // What waits is done before the threads end.
  }
  EXPECT_EQ(ran, taken);
  EXPECT_GT(taken, 0);
}

TEST(ReadPoolTest, CallersRunSoManyThemselves) {
  ReadPool pool({.threads = 1, .reads_here_max = 2});
  std::thread::id ran_on;
  EXPECT_TRUE(pool.RunHere([&] {
    ran_on = std::this_thread::get_id();
    EXPECT_TRUE(
        pool.RunHere([&] { EXPECT_FALSE(pool.RunHere([] { FAIL() << "the third at a time"; })); }));
  }));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  // The places are free again, that of the refused one, too.
  bool ran = false;
  EXPECT_TRUE(pool.RunHere([&] { EXPECT_TRUE(pool.RunHere([&] { ran = true; })); }));
  EXPECT_TRUE(ran);
}

TEST(ReadPoolTest, OneThreadKeepsTheOrder) {
  std::vector<int> ran;
  ReadPool pool({.threads = 1});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.Run([&ran, i] { ran.push_back(i); }));
  pool.Stop();
  EXPECT_EQ(ran.size(), 100u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

// A slow read doesn't keep the others waiting while there is another thread.
TEST(ReadPoolTest, ReadsRunSideBySide) {
  Gate slow;
  ReadPool pool({.threads = 2});
  ASSERT_TRUE(pool.Run(slow.Read()));
  slow.WaitUntilEntered();
  std::promise<void> quick;
  ASSERT_TRUE(pool.Run([&] { quick.set_value(); }));
  quick.get_future().wait();
  slow.Open();
}

TEST(ReadPoolTest, AFullQueueRefuses) {
  Gate slow;
  ReadPool pool({.threads = 1, .queue_reads_max = 2});
  ASSERT_TRUE(pool.Run(slow.Read()));
  slow.WaitUntilEntered();
  EXPECT_TRUE(pool.Run([] {}));
  EXPECT_TRUE(pool.Run([] {}));
  EXPECT_EQ(pool.queued(), 2u);
  EXPECT_FALSE(pool.Run([] {}));
  slow.Open();
}

TEST(ReadPoolTest, NothingRunsAfterStop) {
  ReadPool pool({});
  pool.Stop();
  EXPECT_FALSE(pool.Run([] { ADD_FAILURE(); }));
  pool.Stop();
}

}  // namespace
}  // namespace comptoir
