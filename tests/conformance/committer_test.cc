// What the committer promises, on every Database. The queue is driven step by step here; threads
// are in tests/unit/storage.

#include "common/storage/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/storage/database.h"
#include "tests/conformance/database_harness.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

Command PutCommand(const std::string& key, const std::string& value = "value") {
  return [key, value](Transaction& transaction) {
    transaction.Put(Table::kRecords, key, value);
    return absl::OkStatus();
  };
}

Command RefusingCommand() {
  return [](Transaction&) { return MakeError(Reason::kCustomerPending, "still pending"); };
}

class CommitterConformanceTest : public testing::TestWithParam<HarnessParam> {
 protected:
  // What a command was answered.
  struct Answer {
    std::string name;
    absl::Status status;
  };

  CommitterConformanceTest() : harness_(GetParam().make()) {
    EXPECT_THAT(harness_->Open(), IsOk());
  }

  void MakeQueue(CommitterOptions options = {}) {
    options.on_commit_failed = [this](const absl::Status& status) { failures_.push_back(status); };
    queue_ = std::make_unique<CommitQueue>(harness_->database(), std::move(options));
  }

  void Submit(Priority priority, const std::string& name, Command command) {
    queue_->Submit(priority, std::move(command), [this, name](absl::Status status) {
      answers_.push_back({name, std::move(status)});
    });
  }
  void Submit(const std::string& name, Command command) {
    Submit(Priority::kInteractive, name, std::move(command));
  }
  void SubmitPut(Priority priority, const std::string& name) {
    Submit(priority, name, PutCommand(name));
  }
  void SubmitPut(const std::string& name) { SubmitPut(Priority::kInteractive, name); }

  // Runs one group and gives its answers; the names of those answered.
  std::vector<std::string> RunGroup(BulkShare bulk = BulkShare::kAll) {
    const size_t before = answers_.size();
    for (auto& [done, status] : queue_->RunGroup(bulk)) done(std::move(status));
    std::vector<std::string> names;
    for (size_t i = before; i < answers_.size(); ++i) names.push_back(answers_[i].name);
    return names;
  }

  std::vector<absl::Status> Statuses() const {
    std::vector<absl::Status> statuses;
    for (const Answer& answer : answers_) statuses.push_back(answer.status);
    return statuses;
  }

  std::optional<std::string> Get(std::string_view key) {
    auto value = harness_->database().latest().Get(Table::kRecords, key);
    EXPECT_THAT(value, IsOk());
    return value.ok() ? *value : std::nullopt;
  }

  const std::unique_ptr<DatabaseHarness> harness_;
  std::unique_ptr<CommitQueue> queue_;
  std::vector<Answer> answers_;
  std::vector<absl::Status> failures_;
};

using CommitterConformanceDeathTest = CommitterConformanceTest;

// Power is lost at the very moment when the answers could be given: what they say is there.
// (invariants 1 and 10)
TEST_P(CommitterConformanceTest, AnswersAreDurableBeforeTheyAreGiven) {
  MakeQueue();
  SubmitPut("a");
  SubmitPut("b");
  EXPECT_THAT(answers_, IsEmpty());
  const CommitQueue::Answers answers = queue_->RunGroup();
  EXPECT_THAT(answers, SizeIs(2));
  EXPECT_THAT(answers_, IsEmpty());

  harness_->LosePower();
  ASSERT_THAT(harness_->Open(), IsOk());
  EXPECT_THAT(Get("a"), Optional(std::string("value")));
  EXPECT_THAT(Get("b"), Optional(std::string("value")));
}

// A create is committed in a group, and a repeated one in the same group is refused because of it.
// The commit fails: the refusal, too, rested on what was lost, and must not be given. (invariant
// 10)
TEST_P(CommitterConformanceTest, NoAnswerRestsOnAWriteThatWasLost) {
  MakeQueue();
  SubmitPut("customer");
  Submit("repeated", [](Transaction& transaction) -> absl::Status {
    COMPTOIR_ASSIGN_OR_RETURN(const auto customer, transaction.Get(Table::kRecords, "customer"));
    return customer.has_value() ? MakeError(Reason::kAlreadyExists, "known") : absl::OkStatus();
  });
  Submit("power goes", [this](Transaction&) {
    harness_->LosePowerAt(1);
    return absl::OkStatus();
  });
  RunGroup();
  EXPECT_THAT(Statuses(), SizeIs(3));
  EXPECT_THAT(Statuses(), Each(HasReason("STORAGE_FAILED")));
}

// After a failed commit nothing is run any more: half a database is none.
TEST_P(CommitterConformanceTest, AFailedCommitEndsAllWork) {
  MakeQueue();
  SubmitPut("lost");
  harness_->LosePowerAt(1);
  RunGroup();
  EXPECT_THAT(failures_, ElementsAre(HasReason("STORAGE_FAILED")));

  bool ran = false;
  Submit("later", [&ran](Transaction&) {
    ran = true;
    return absl::OkStatus();
  });
  RunGroup();
  EXPECT_FALSE(ran);
  EXPECT_THAT(failures_, SizeIs(1));
  EXPECT_THAT(Statuses(), Each(HasReason("STORAGE_FAILED")));
  EXPECT_EQ(queue_->groups_committed(), 0u);
}

// Commands see the writes of those before them in the group, and are answered in order, refusals
// among them.
TEST_P(CommitterConformanceTest, CommandsOfAGroupRunAndAnswerInOrder) {
  MakeQueue();
  const auto append = [](char letter) {
    return [letter](Transaction& transaction) -> absl::Status {
      COMPTOIR_ASSIGN_OR_RETURN(const auto text, transaction.Get(Table::kRecords, "text"));
      transaction.Put(Table::kRecords, "text", text.value_or("") + letter);
      return absl::OkStatus();
    };
  };
  Submit("first", append('a'));
  Submit("second", RefusingCommand());
  Submit("third", append('b'));
  EXPECT_THAT(RunGroup(), ElementsAre("first", "second", "third"));
  EXPECT_THAT(Statuses(), ElementsAre(IsOk(), HasReason("CUSTOMER_PENDING"), IsOk()));
  EXPECT_THAT(Get("text"), Optional(std::string("ab")));
  EXPECT_EQ(queue_->groups_committed(), 1u);
  EXPECT_EQ(queue_->commands_run(), 3u);
}

// Whoever keeps something of the database in memory hears of a group before its callers do, once
// its writes can be read; and of nothing that wasn't committed. (V7)
TEST_P(CommitterConformanceTest, AnObserverHearsOfWhatIsDurableBeforeTheAnswers) {
  class Observer : public CommitObserver {
   public:
    void Committing(const Transaction& transaction) override {
      transaction.VisitWrites(
          Table::kRecords, [this](std::string_view key, std::optional<std::string_view> value) {
            heard.push_back(std::string(key) + (value.has_value() ? " comes" : " goes"));
          });
    }
    void Committed() override { heard.push_back(committed()); }
    std::function<std::string()> committed;
    std::vector<std::string> heard;
  };
  Observer observer;
  size_t answered = 0;
  observer.committed = [&] {
    answered = answers_.size();
    return Get("b").has_value() ? "committed" : "too early";
  };
  MakeQueue({.observer = &observer});
  Submit("refused", RefusingCommand());
  RunGroup();
  EXPECT_THAT(observer.heard, IsEmpty());
  SubmitPut("b");
  Submit("delete", [](Transaction& transaction) {
    transaction.Delete(Table::kRecords, "a");
    return absl::OkStatus();
  });
  RunGroup();
  EXPECT_THAT(observer.heard, ElementsAre("a goes", "b comes", "committed"));
  EXPECT_EQ(answered, 1u);
  SubmitPut("c");
  harness_->LosePowerAt(1);
  RunGroup();
  EXPECT_THAT(observer.heard, ElementsAre("a goes", "b comes", "committed", "c comes"));
}

// A group that wrote nothing costs no commit.
TEST_P(CommitterConformanceTest, RefusalsAloneCostNoCommit) {
  MakeQueue();
  Submit("refused", RefusingCommand());
  const uint64_t operations = harness_->operations();
  RunGroup();
  EXPECT_EQ(harness_->operations(), operations);
  EXPECT_THAT(Statuses(), ElementsAre(HasReason("CUSTOMER_PENDING")));
  EXPECT_EQ(queue_->groups_committed(), 0u);
}

// A refusal needs no rollback because it never wrote; a command that breaks this is a bug.
TEST_P(CommitterConformanceDeathTest, ACommandThatWritesAndThenRefusesEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  MakeQueue();
  Submit("bug", [](Transaction& transaction) {
    transaction.Put(Table::kRecords, "half", "done");
    return MakeError(Reason::kCustomerPending, "too late");
  });
  EXPECT_DEATH(queue_->RunGroup(), "A command wrote and then failed");
}

// The database fails while a command that has written reads on: the group is lost as a whole.
TEST_P(CommitterConformanceTest, ADatabaseThatFailsMidwayFailsTheGroup) {
  MakeQueue();
  SubmitPut("before");
  Submit("midway", [](Transaction& transaction) {
    transaction.Put(Table::kRecords, "half", "done");
    return MakeError(Reason::kStorageFailed, "as a read would");
  });
  SubmitPut("after");
  EXPECT_THAT(RunGroup(), ElementsAre("before", "midway"));
  EXPECT_THAT(RunGroup(), ElementsAre("after"));
  EXPECT_THAT(Statuses(), Each(HasReason("STORAGE_FAILED")));
  EXPECT_THAT(failures_, SizeIs(1));
  EXPECT_EQ(Get("before"), std::nullopt);
  EXPECT_EQ(Get("half"), std::nullopt);
}

// Somebody waits at the till: their command runs before uploads that came earlier. (S4)
TEST_P(CommitterConformanceTest, InteractiveRunsBeforeBulk) {
  MakeQueue();
  SubmitPut(Priority::kBulk, "bulk 1");
  SubmitPut(Priority::kBulk, "bulk 2");
  SubmitPut("interactive 1");
  SubmitPut("interactive 2");
  EXPECT_THAT(RunGroup(), ElementsAre("interactive 1", "interactive 2", "bulk 1", "bulk 2"));
}

// A store says hello: it is heard before uploads, but isn't taken for a person, for whom bulk work
// is paced.
TEST_P(CommitterConformanceTest, PromptRunsBeforeBulk) {
  MakeQueue({.group_commands_max = 100, .group_bulk_commands = 2});
  for (int i = 0; i < 3; ++i) SubmitPut(Priority::kBulk, "bulk");
  SubmitPut(Priority::kPrompt, "hello");
  EXPECT_THAT(RunGroup(), ElementsAre("hello", "bulk", "bulk"));
  EXPECT_EQ(queue_->last_group().prompt, 1u);
  EXPECT_EQ(queue_->last_group().interactive, 0u);
}

// 100,000 operations wait and somebody creates a customer: their group takes few of the operations
// along, so the answer comes soon. (S4)
TEST_P(CommitterConformanceTest, AnInteractiveGroupTakesAlongFewBulkCommands) {
  MakeQueue({.group_commands_max = 100, .group_bulk_commands = 5});
  for (int i = 0; i < 200; ++i) Submit(Priority::kBulk, "bulk", RefusingCommand());
  Submit("interactive", RefusingCommand());
  EXPECT_THAT(RunGroup(), SizeIs(6));
  EXPECT_THAT(RunGroup(), SizeIs(100));
}

// Large ones (a batch of changes) even less: one at a time. (S4)
TEST_P(CommitterConformanceTest, AnInteractiveGroupTakesAlongOneLargeBulkCommand) {
  MakeQueue({.group_bulk_bytes = 1'000});
  for (int i = 0; i < 3; ++i) {
    Submit(Priority::kBulk, "bulk", PutCommand("key", std::string(2'000, 'x')));
  }
  SubmitPut("interactive");
  EXPECT_THAT(RunGroup(), ElementsAre("interactive", "bulk"));
  EXPECT_THAT(RunGroup(), ElementsAre("bulk", "bulk"));
}

// And if a group of bulk commands is under way when they come, it ends after them.
TEST_P(CommitterConformanceTest, AnInteractiveCommandEndsABulkGroup) {
  MakeQueue({.group_commands_max = 100, .group_bulk_commands = 5});
  for (int i = 0; i < 50; ++i) {
    Submit(Priority::kBulk, "bulk", [this, i](Transaction&) {
      if (i == 20) Submit("interactive", RefusingCommand());
      return absl::OkStatus();
    });
  }
  const std::vector<std::string> names = RunGroup();
  EXPECT_THAT(names, SizeIs(22));
  EXPECT_EQ(names.back(), "interactive");
}

// While interactive commands may come, a group of bulk commands is as small as if they had. (S4)
TEST_P(CommitterConformanceTest, AGroupMayTakeALittleBulk) {
  MakeQueue({.group_commands_max = 100, .group_bulk_commands = 5});
  for (int i = 0; i < 20; ++i) Submit(Priority::kBulk, "bulk", RefusingCommand());
  EXPECT_THAT(RunGroup(BulkShare::kLittle), SizeIs(5));
  EXPECT_EQ(queue_->last_group().bulk, 5u);
}

// Or none, until the pause is over; a service that stops doesn't wait for that.
TEST_P(CommitterConformanceTest, AGroupMayTakeNoBulk) {
  MakeQueue();
  SubmitPut(Priority::kBulk, "bulk");
  EXPECT_THAT(RunGroup(BulkShare::kNone), IsEmpty());
  SubmitPut("interactive");
  EXPECT_THAT(RunGroup(BulkShare::kNone), ElementsAre("interactive"));
  EXPECT_EQ(queue_->last_group().interactive, 1u);
  EXPECT_EQ(queue_->last_group().bulk, 0u);
  queue_->EndTurn({.bulk_from = std::chrono::steady_clock::now() + std::chrono::hours(1)});
  queue_->Stop();
  EXPECT_TRUE(queue_->WaitForTurn());
  EXPECT_THAT(RunGroup(BulkShare::kNone), ElementsAre("bulk"));
}

// A till that creates alone needn't wait for another thread to wake: whoever hands its command in
// has the turn, if nobody has it, nothing waits, and the last group was one command, too.
TEST_P(CommitterConformanceTest, WhoComesAloneHasTheTurn) {
  MakeQueue();
  const auto submit = [&](const std::string& name) {
    return queue_->SubmitForTurn(PutCommand(name), [&, name](absl::Status status) {
      answers_.push_back({name, std::move(status)});
    });
  };
  EXPECT_TRUE(submit("first"));
  EXPECT_FALSE(submit("while it has the turn"));
  EXPECT_THAT(RunGroup(), SizeIs(2));
  queue_->EndTurn({});
  EXPECT_FALSE(submit("after a group of two"));
  EXPECT_FALSE(submit("while another waits"));
  EXPECT_TRUE(queue_->WaitForTurn());
  EXPECT_THAT(RunGroup(), SizeIs(2));
  queue_->EndTurn({});
  SubmitPut("one");
  EXPECT_TRUE(queue_->WaitForTurn());
  EXPECT_THAT(RunGroup(), SizeIs(1));
  queue_->EndTurn({});
  EXPECT_TRUE(submit("after a group of one"));
  queue_->Stop();
  EXPECT_FALSE(submit("late"));
  EXPECT_THAT(answers_.back().status, HasReason("SHUTTING_DOWN"));
}

// Tills that never stop don't keep the uploads waiting for ever.
TEST_P(CommitterConformanceTest, BulkIsNotStarved) {
  MakeQueue({.group_commands_max = 10, .group_bulk_commands = 2});
  for (int i = 0; i < 6; ++i) Submit(Priority::kBulk, "bulk", RefusingCommand());
  int bulk_answered = 0;
  for (int group = 0; group < 3; ++group) {
    for (int i = 0; i < 20; ++i) Submit("interactive", RefusingCommand());
    const std::vector<std::string> names = RunGroup();
    EXPECT_THAT(names, SizeIs(10));
    bulk_answered += static_cast<int>(std::count(names.begin(), names.end(), "bulk"));
  }
  EXPECT_EQ(bulk_answered, 6);
}

// Nor do tills with large writes, which end their groups by bytes.
TEST_P(CommitterConformanceTest, BulkIsNotStarvedByBytes) {
  MakeQueue({.group_bytes_max = 1'000});
  SubmitPut(Priority::kBulk, "bulk");
  for (int i = 0; i < 20; ++i) Submit("interactive", PutCommand("key", std::string(300, 'x')));
  EXPECT_THAT(RunGroup(),
              ElementsAre("interactive", "interactive", "bulk", "interactive", "interactive"));
}

// A group is bounded in commands; the rest goes into the next.
TEST_P(CommitterConformanceTest, AGroupIsBoundedInCommands) {
  MakeQueue({.group_commands_max = 3, .group_bulk_commands = 1});
  for (int i = 0; i < 7; ++i) SubmitPut("name" + std::to_string(i));
  EXPECT_THAT(RunGroup(), SizeIs(3));
  EXPECT_THAT(RunGroup(), SizeIs(3));
  EXPECT_THAT(RunGroup(), SizeIs(1));
  EXPECT_THAT(RunGroup(), IsEmpty());
  EXPECT_EQ(queue_->groups_committed(), 3u);
}

// And in bytes: it ends with the command that reaches the bound.
TEST_P(CommitterConformanceTest, AGroupIsBoundedInBytes) {
  MakeQueue({.group_bytes_max = 1'000});
  for (int i = 0; i < 5; ++i) {
    Submit("command", PutCommand("key" + std::to_string(i), std::string(400, 'x')));
  }
  EXPECT_THAT(RunGroup(), SizeIs(3));
  EXPECT_THAT(RunGroup(), SizeIs(2));
}

// A full queue says so at once; the other queue still has room. (invariant 7)
TEST_P(CommitterConformanceTest, AFullQueueRefusesAtOnce) {
  MakeQueue({.queue_commands_max = 2});
  for (const char* name : {"a", "b", "c"}) SubmitPut(name);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].name, "c");
  EXPECT_THAT(answers_[0].status, HasReason("OVERLOADED"));
  SubmitPut(Priority::kBulk, "bulk");
  EXPECT_EQ(queue_->queued(), 3u);
  EXPECT_THAT(RunGroup(), ElementsAre("a", "b", "bulk"));
  SubmitPut("d");
  EXPECT_THAT(RunGroup(), ElementsAre("d"));
}

// Below the reserve of free space nothing is run; with space again work goes on by itself. The
// reserve is what keeps a full disk from ending the process.
TEST_P(CommitterConformanceTest, BelowTheReserveNothingIsWritten) {
  MakeQueue({.free_bytes_min = 1'000});
  harness_->set_free_bytes(999);
  SubmitPut("refused");
  SubmitPut(Priority::kBulk, "refused too");
  EXPECT_THAT(RunGroup(), ElementsAre("refused", "refused too"));
  EXPECT_THAT(Statuses(), Each(HasReason("DISK_FULL")));
  EXPECT_EQ(Get("refused"), std::nullopt);
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(queue_->commands_run(), 0u);

  harness_->set_free_bytes(1'000'000);
  answers_.clear();
  SubmitPut("accepted");
  RunGroup();
  EXPECT_THAT(Statuses(), ElementsAre(IsOk()));
  EXPECT_THAT(Get("accepted"), Optional(std::string("value")));
}

// A service that stops answers what it has taken, and takes nothing more. (K1)
TEST_P(CommitterConformanceTest, StopDrains) {
  MakeQueue({.group_commands_max = 2, .group_bulk_commands = 1});
  for (const char* name : {"a", "b", "c"}) SubmitPut(name);
  queue_->Stop();
  SubmitPut("late");
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(answers_[0].status, HasReason("SHUTTING_DOWN"));

  EXPECT_TRUE(queue_->WaitForTurn());
  EXPECT_THAT(RunGroup(), ElementsAre("a", "b"));
  queue_->EndTurn({});
  EXPECT_TRUE(queue_->WaitForTurn());
  EXPECT_THAT(RunGroup(), ElementsAre("c"));
  queue_->EndTurn({});
  EXPECT_FALSE(queue_->WaitForTurn());
  EXPECT_THAT(Get("c"), Optional(std::string("value")));
}

// A command's value comes with its answer; an error is the command's own, or the queue's.
TEST_P(CommitterConformanceTest, SubmitForYieldsValuesAndErrors) {
  MakeQueue({.queue_commands_max = 2});
  std::vector<absl::StatusOr<int>> results;
  const auto submit = [&](const absl::StatusOr<int>& result) {
    SubmitFor<int>(
        *queue_, Priority::kInteractive, [result](Transaction&) { return result; },
        [&results](absl::StatusOr<int> answer) { results.push_back(std::move(answer)); });
  };
  submit(7);
  submit(MakeError(Reason::kCustomerPending, "still pending"));
  submit(8);
  EXPECT_THAT(results, ElementsAre(HasReason("OVERLOADED")));
  RunGroup();
  EXPECT_THAT(results,
              ElementsAre(HasReason("OVERLOADED"), IsOkAndHolds(7), HasReason("CUSTOMER_PENDING")));
}

// If the commit fails, the value isn't given though the command had it.
TEST_P(CommitterConformanceTest, SubmitForGivesNoValueOfALostWrite) {
  MakeQueue();
  std::vector<absl::StatusOr<int>> results;
  SubmitFor<int>(
      *queue_, Priority::kInteractive,
      [](Transaction& transaction) -> absl::StatusOr<int> {
        transaction.Put(Table::kRecords, "key", "value");
        return 7;
      },
      [&results](absl::StatusOr<int> answer) { results.push_back(std::move(answer)); });
  harness_->LosePowerAt(1);
  RunGroup();
  EXPECT_THAT(results, ElementsAre(HasReason("STORAGE_FAILED")));
}

INSTANTIATE_TEST_SUITE_P(Databases, CommitterConformanceTest, testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Databases, CommitterConformanceDeathTest, testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace comptoir
