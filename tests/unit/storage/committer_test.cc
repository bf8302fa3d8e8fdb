// The committer's thread. What the queue promises is in tests/conformance.

#include "common/storage/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/status.h"
#include "common/storage/epochs.h"
#include "common/storage/memory_database.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;

// Waits for a command's answer.
absl::Status RunCommand(Submitter& submitter, Priority priority, Command command) {
  const auto answer = std::make_shared<std::promise<absl::Status>>();
  submitter.Submit(priority, std::move(command),
                   [answer](absl::Status status) { answer->set_value(std::move(status)); });
  return answer->get_future().get();
}

class DatabaseWithRoom : public MemoryDatabase {
 public:
  uint64_t FreeBytes() const override { return free_bytes; }
  std::atomic<uint64_t> free_bytes = 1'000'000;
};

// Those who hand in commands that build upon each other learn from the answer alone that one wasn't
// run: none behind it is, although there is room by then.
TEST(CommitterTest, NothingRunsBehindWhatIsRefusedUntilItIsAnswered) {
  constexpr int kCommands = 100;
  DatabaseWithRoom database;
  Committer committer(database,
                      {.group_commands_max = 4, .group_bulk_commands = 2, .free_bytes_min = 1'000});
  // A turn during which all others are handed in: none of them is in its group.
  std::promise<void> alone;
  std::promise<void> all_wait;
  committer.Submit(
      Priority::kInteractive, [](Transaction&) { return absl::OkStatus(); },
      [&](const absl::Status&) {
        alone.set_value();
        all_wait.get_future().wait();
      });
  alone.get_future().wait();
  std::atomic<bool> broken = false;
  std::atomic<int> answered = 0;
  std::atomic<int> ran = 0;
  for (int i = 0; i < kCommands; ++i) {
    committer.Submit(
        Priority::kBulk,
        [&](Transaction&) {
          if (!broken) ++ran;
          return absl::OkStatus();
        },
        [&](const absl::Status& status) {
          if (answered++ == 0) {
            // There is room, and time for whoever else could run the next group.
            database.free_bytes = 1'000'000;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          if (!status.ok()) broken = true;
        });
  }
  database.free_bytes = 999;
  all_wait.set_value();
  committer.Stop();
  EXPECT_EQ(answered, kCommands);
  EXPECT_EQ(ran, 0);
}

// Many threads ask for numbers at once: each gets its own, none is missing, and all are durable.
// (P12, invariant 3)
TEST(CommitterTest, ManyThreadsSubmit) {
  constexpr size_t thread_count = 8;
  constexpr size_t command_count = 300;
  MemoryDatabase database;
  Committer committer(database, {});
  std::vector<std::vector<uint64_t>> given(thread_count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < thread_count; ++i) {
    threads.emplace_back([&committer, &mine = given[i], i] {
      constexpr Priority kPriorities[] = {Priority::kInteractive, Priority::kAtOnce,
                                          Priority::kBulk};
      const Priority priority = kPriorities[i % 3];
      for (size_t n = 0; n < command_count; ++n) {
        const auto answer = std::make_shared<std::promise<absl::StatusOr<Sequence>>>();
        SubmitFor<Sequence>(committer, priority, NextSequence,
                            [answer](absl::StatusOr<Sequence> sequence) {
                              answer->set_value(std::move(sequence));
                            });
        const auto sequence = answer->get_future().get();
        ASSERT_THAT(sequence, IsOk());
        mine.push_back(sequence->value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  committer.Stop();

  std::vector<bool> seen(thread_count * command_count + 1);
  for (const auto& mine : given) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    for (const uint64_t sequence : mine) {
      ASSERT_LT(sequence, seen.size());
      EXPECT_FALSE(seen[sequence]);
      seen[sequence] = true;
    }
  }
  database.LosePower();
  EXPECT_THAT(LastSequence(database.latest()),
              IsOkAndHolds(Sequence(thread_count * command_count)));
  EXPECT_EQ(committer.queue().commands_run(), thread_count * command_count);
  EXPECT_LE(committer.queue().groups_committed(), thread_count * command_count);
}

// What was handed in before Stop is answered, what comes later is refused, and both are answered
// exactly once. (K1)
TEST(CommitterTest, StopAnswersEverybody) {
  MemoryDatabase database;
  Committer committer(database, {});
  std::atomic<int> done = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 500; ++n) {
        const std::string key = std::to_string(i) + "/" + std::to_string(n);
        committer.Submit(
            n % 2 == 0 ? Priority::kInteractive : Priority::kAtOnce,
            [key](Transaction& transaction) {
              transaction.Put(Table::kRecords, key, "");
              return absl::OkStatus();
            },
            [&](const absl::Status& status) { ++(status.ok() ? done : refused); });
      }
    });
  }
  std::thread stopper([&committer] { committer.Stop(); });
  committer.Stop();
  stopper.join();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done + refused, 2'000);
  EXPECT_EQ(database.Copy().size(), static_cast<size_t>(done));
  EXPECT_THAT(RunCommand(committer, Priority::kBulk, [](Transaction&) { return absl::OkStatus(); }),
              HasReason("SHUTTING_DOWN"));
}

// A till creates alone: its command is run, and answered, by the thread that hands it in, which may
// be kept.
TEST(CommitterTest, WhoComesAloneIsServedAtOnce) {
  MemoryDatabase database;
  Committer committer(database, {});
  const auto put = [](Transaction& transaction) { return NextSequence(transaction).status(); };
  std::vector<std::thread::id> threads;
  committer.Submit(Priority::kAtOnce, put, [&](const absl::Status& status) {
    EXPECT_THAT(status, IsOk());
    threads.push_back(std::this_thread::get_id());
    EXPECT_THAT(LastSequence(database.latest()), IsOkAndHolds(Sequence(1)));
  });
  EXPECT_THAT(threads, ElementsAre(std::this_thread::get_id()));
}

// While one caller's thread commits, others hand in theirs and aren't kept; they are answered once
// it has ended, and Stop() waits for it and them.
TEST(CommitterTest, OneCallerCommitsAtATime) {
  MemoryDatabase database;
  Committer committer(database, {});
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<int> answered = 0;
  std::thread caller([&] {
    committer.Submit(
        Priority::kAtOnce,
        [&](Transaction&) {
          begun.set_value();
          go_on.get_future().wait();
          return absl::OkStatus();
        },
        [&](const absl::Status&) { ++answered; });
  });
  begun.get_future().wait();
  for (const Priority priority : {Priority::kAtOnce, Priority::kInteractive, Priority::kBulk}) {
    committer.Submit(
        priority, [](Transaction&) { return absl::OkStatus(); },
        [&](const absl::Status&) { ++answered; });
  }
  EXPECT_EQ(answered, 0);
  std::thread stopper([&] { committer.Stop(); });
  go_on.set_value();
  stopper.join();
  EXPECT_EQ(answered, 4);
  caller.join();
}

// Under load the next group is run and synced while the last one is answered; answers keep the
// order of their commands all the same, and none is given before those of the group before are.
TEST(CommitterTest, TheNextGroupCommitsMeanwhile) {
  MemoryDatabase database;
  Committer committer(database, {.group_commands_max = 2, .group_bulk_commands = 1});
  std::promise<void> all_queued;
  std::promise<void> third_ran;
  std::vector<int> answered;
  const auto submit = [&](int number, std::function<void()> run, std::function<void()> answer) {
    committer.Submit(
        Priority::kInteractive,
        [run = std::move(run)](Transaction& transaction) {
          run();
          return NextSequence(transaction).status();
        },
        [&answered, number, answer = std::move(answer)](const absl::Status& status) {
          EXPECT_THAT(status, IsOk());
          answer();
          answered.push_back(number);
        });
  };
  std::future<void> third = third_ran.get_future();
  submit(
      1, [&] { all_queued.get_future().wait(); },
      [&] { EXPECT_EQ(third.wait_for(std::chrono::minutes(1)), std::future_status::ready); });
  submit(
      2, [] {}, [] {});
  submit(
      3, [&] { third_ran.set_value(); }, [] {});
  submit(
      4, [] {}, [] {});
  all_queued.set_value();
  committer.Stop();
  EXPECT_THAT(answered, ElementsAre(1, 2, 3, 4));
}

// A completion may hand in the next command: so work goes on in steps.
TEST(CommitterTest, CompletionsMaySubmit) {
  MemoryDatabase database;
  std::promise<void> finished;
  std::function<void(int)> step;
  Committer committer(database, {});
  step = [&](int left) {
    if (left == 0) return finished.set_value();
    committer.Submit(
        Priority::kBulk,
        [](Transaction& transaction) { return NextSequence(transaction).status(); },
        [&step, left](const absl::Status& status) {
          EXPECT_THAT(status, IsOk());
          step(left - 1);
        });
  };
  step(100);
  finished.get_future().wait();
  committer.Stop();
  EXPECT_THAT(LastSequence(database.latest()), IsOkAndHolds(Sequence(100)));
}

// A failed commit ends the process, with one line that says why: restart and recovery are tested, a
// half-broken database isn't.
TEST(CommitterDeathTest, AFailedCommitEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        MemoryDatabase database;
        database.set_fault([] { return MakeError(Reason::kStorageFailed, "the disk is gone"); });
        Committer committer(database, {});
        (void)RunCommand(committer, Priority::kInteractive, [](Transaction& transaction) {
          transaction.Put(Table::kRecords, "key", "value");
          return absl::OkStatus();
        });
      },
      "Commit failed, ending the process: .*the disk is gone");
}

// Limits that cannot work are a bug of the caller.
TEST(CommitterDeathTest, LimitsMustMakeSense) {
  MemoryDatabase database;
  EXPECT_DEATH(CommitQueue(database, {.group_commands_max = 32, .group_bulk_commands = 32}),
               "Check failed");
  EXPECT_DEATH(CommitQueue(database, {.queue_commands_max = 0}), "Check failed");
}

}  // namespace
}  // namespace comptoir
