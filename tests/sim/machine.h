// What one machine gives to the service that runs on it: a loop, a clock, a disk and the commit of
// groups, all in virtual time.

#ifndef COMPTOIR_TESTS_SIM_MACHINE_H_
#define COMPTOIR_TESTS_SIM_MACHINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"
#include "common/storage/memory_database.h"
#include "tests/sim/context.h"

namespace comptoir::sim {

// The loop of one life of a node: tasks run one at a time, in order of when they are due and then
// of the calls, a little late.
class SimExecutor : public Executor {
 public:
  SimExecutor(Context& context, Owner owner);

  bool Post(std::function<void()> task) override;
  TimerToken RunAfter(absl::Duration delay, std::function<void()> task) override;
  bool Cancel(TimerToken token) override;

  // The process died: forgets everything and accepts nothing.
  void Kill();

 private:
  void Arm();
  void RunNext();

  Context& context_;
  const Owner owner_;
  SeededRandom random_;
  std::map<std::pair<absl::Time, TimerToken>, std::function<void()>> tasks_;
  uint64_t last_token_ = 0;
  bool killed_ = false;
  EventId armed_;
  absl::Time armed_due_;
};

// Virtual time with the skew of one machine.
class SimClock : public Clock {
 public:
  explicit SimClock(Scheduler& scheduler) : scheduler_(scheduler) {}
  absl::Time Now() const override { return scheduler_.now() + skew_; }
  void set_skew(absl::Duration skew) { skew_ = skew; }

 private:
  Scheduler& scheduler_;
  absl::Duration skew_;
};

// What one commit did to one row.
struct RowChange {
  Table table;
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
  // Of records: every value that the row had on the way, for a group is many commands; `after` is
  // the last of them.
  std::vector<std::string> values;
};

// A disk that outlives its machine's crashes, and shows every commit to an observer after it was
// made.
class SimDatabase : public Database {
 public:
  using Observer = std::function<void(const std::vector<RowChange>&)>;
  explicit SimDatabase(Observer observer) : observer_(std::move(observer)) {}

  std::unique_ptr<Reader> NewReader() const override { return disk_.NewReader(); }
  const Reader& latest() const override { return disk_.latest(); }
  std::unique_ptr<Transaction> NewTransaction() override;
  absl::Status Commit(Transaction& transaction) override;
  uint64_t FreeBytes() const override { return disk_.FreeBytes(); }

  MemoryDatabase& disk() { return disk_; }
  // The next commit fails, as on a broken disk.
  void FailNextCommit() { fail_next_commit_ = true; }

 private:
  MemoryDatabase disk_;
  const Observer observer_;
  bool fail_next_commit_ = false;
};

// The commit thread of one life of a node. A group is committed some time after its first command
// was submitted and answered some time after it was committed, each answer in an event of its own:
// a crash can fall between any two of these.
class CommitPump : public Submitter {
 public:
  struct Disk {
    absl::Duration delay_min = absl::Microseconds(100);
    absl::Duration delay_max = absl::Milliseconds(3);
    // Commands that may wait; more are OVERLOADED.
    size_t queue_commands_max = 10'000;
  };

  // `failed` is called when a commit has failed; it may destroy the pump. `disk` is read at each
  // use, `observer` told of commits.
  CommitPump(Context& context, Owner owner, Database& database, const Disk& disk,
             CommitObserver& observer, std::function<void()> failed);
  ~CommitPump() override;

  void Submit(Priority priority, Command command, Completion done) override;

  // The process died: what is queued or not answered is forgotten.
  void Kill();

  size_t queued() const { return queue_ == nullptr ? 0 : queue_->queued(); }
  size_t unanswered() const { return answers_.size(); }
  // Groups in which a person waited.
  uint64_t interactive_groups() const { return interactive_groups_; }

 private:
  void Arm();
  void RunGroup();
  void AnswerNext();

  Context& context_;
  const Owner owner_;
  const Disk& disk_;
  const std::function<void()> failed_;
  SeededRandom random_;
  std::unique_ptr<CommitQueue> queue_;
  CommitQueue::Answers answers_;  // the next one last
  uint64_t interactive_groups_ = 0;
  bool armed_ = false;
  bool commit_failed_ = false;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_MACHINE_H_
