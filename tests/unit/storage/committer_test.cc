// The committer's thread. What the queue promises is in tests/conformance.

#include "common/storage/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
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

// Waits for a command's answer.
absl::Status RunCommand(Submitter& submitter, Priority priority, Command command) {
  const auto answer = std::make_shared<std::promise<absl::Status>>();
  submitter.Submit(priority, std::move(command),
                   [answer](absl::Status status) { answer->set_value(std::move(status)); });
  return answer->get_future().get();
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
      const Priority priority = i % 2 == 0 ? Priority::kInteractive : Priority::kBulk;
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
            Priority::kInteractive,
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
