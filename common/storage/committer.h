// Group commit: commands from many callers run one after the other against one transaction, which
// is committed once, synced, and only then are they answered. One thread at a time runs commands of
// a database, so they are serialisable without locks: the committer's own, or, where a caller's
// thread may be kept for a commit and nobody else commits, that one. To wake another thread takes
// about as long as to run the command. Answers are given one after the other, too, in the order of
// the commands, but the next group may be run and synced meanwhile.
//
// A command reads and decides first, then writes: one that fails must have written nothing
// (checked), so that a refusal needs no rollback. It may be run again after a crash of the process,
// so its effects outside the transaction belong in its completion. A failed commit, or a database
// that fails in the middle of a command's writes, ends the process: restart and recovery are
// tested, a half-broken database isn't. While interactive commands come, bulk ones are paced
// (bulk_pace.h).

#ifndef COMPTOIR_COMMON_STORAGE_COMMITTER_H_
#define COMPTOIR_COMMON_STORAGE_COMMITTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/storage/bulk_pace.h"
#include "common/storage/database.h"
#include "common/storage/priority.h"

namespace comptoir {

using Command = std::function<absl::Status(Transaction&)>;
// Called once, after the group is durable, with the command's status; also refusals wait, for they
// may rest on another's write.
using Completion = std::function<void(absl::Status)>;

// Where commands are handed in. Thread-safe.
class Submitter {
 public:
  virtual ~Submitter() = default;
  // Either queues the command and later calls `done`: with the command's status, or, when the disk
  // is nearly full, with DISK_FULL instead of running it. Or, when the queue is full (OVERLOADED)
  // or the service stopping (SHUTTING_DOWN), calls `done` with that error before it returns. One
  // that is to be run at once may be run, and `done` called, before this returns.
  virtual void Submit(Priority priority, Command command, Completion done) = 0;
};

// Runs a command that yields a value; `done` gets the value or the error.
template <typename T>
void SubmitFor(Submitter& submitter, Priority priority,
               std::function<absl::StatusOr<T>(Transaction&)> command,
               std::function<void(absl::StatusOr<T>)> done) {
  auto result = std::make_shared<absl::StatusOr<T>>();
  submitter.Submit(
      priority,
      [command = std::move(command), result](Transaction& transaction) {
        *result = command(transaction);
        return result->status();
      },
      // An error is the command's own, the queue's or the commit's; OK means that the command ran
      // and is durable.
      [done = std::move(done), result](absl::Status status) {
        if (status.ok()) {
          done(std::move(*result));
        } else {
          done(std::move(status));
        }
      });
}

// Sees what is committed, where it is committed: so it must be quick.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  // A group is about to be committed: what it wrote is gone afterwards.
  virtual void Committing(const Transaction& transaction) = 0;
  // That group is durable, and nobody has been answered yet.
  virtual void Committed() = 0;
};

struct CommitterOptions {
  // A full queue answers OVERLOADED at once. Interactive and bulk have a queue each of this length.
  size_t queue_commands_max = 10'000;
  // A group ends at whichever comes first.
  size_t group_commands_max = 512;
  size_t group_bytes_max = 4 << 20;
  // How many bulk commands a group takes along in which interactive ones wait for the answer, or
  // may come. As many places are kept for them when the interactive ones alone would fill it.
  size_t group_bulk_commands = 32;
  // Such a group also takes no second bulk command once it has written this much.
  size_t group_bulk_bytes = 16 << 10;
  // Below this much free space commands are answered DISK_FULL instead of run.
  uint64_t free_bytes_min = 64 << 20;
  // Called with the error of a failed commit. If it returns (tests, simulation), every command of
  // that group and later is answered with that error. Empty: one line on stderr, and the process
  // ends.
  std::function<void(const absl::Status&)> on_commit_failed;
  // Of groups that write; borrowed. Null: nobody.
  CommitObserver* observer = nullptr;
};

// The queue and the group, without the thread: the simulator drives it step by step.
// Submit is thread-safe; RunGroup is for one caller at a time.
class CommitQueue : public Submitter {
 public:
  CommitQueue(Database& database, CommitterOptions options);

  void Submit(Priority priority, Command command, Completion done) override;
  // The same of one that is to be run at once. True if the turn is the caller's, and nothing else
  // waits: so if commands come one by one. Else its group would be this one command, while those
  // that come meanwhile wait, and a thread less hands them in.
  bool SubmitForTurn(Command command, Completion done);

  // Runs and commits one group. The answers are for the caller to give, in order, when it has
  // returned: `first` is to be called with `second`. Empty if nothing was queued.
  using Answers = std::vector<std::pair<Completion, absl::Status>>;
  Answers RunGroup(BulkShare bulk = BulkShare::kAll);
  // What the last RunGroup ran. For its caller.
  const GroupCounts& last_group() const { return last_group_; }

  // Where several threads run groups, one has the turn. Blocks until something is queued and nobody
  // has the turn, and takes it. False after Stop, once the queue is empty and nobody has the turn.
  bool WaitForTurn();
  // Who is about to wait for the next turn needn't wake others.
  enum class Successor : uint8_t { kAnybody, kMyself };
  struct TurnEnd {
    // Until then bulk commands alone are nothing to wait for.
    BulkPace::Time bulk_from = {};
    Successor successor = Successor::kAnybody;
    // The group took so long that the next turn is for nobody who hands in a command.
    bool slow = false;
  };
  // For who has the turn.
  void EndTurn(const TurnEnd& end);
  // From now on commands are answered SHUTTING_DOWN; what is queued still runs, bulk too.
  void Stop();

  size_t queued() const;
  // Groups that wrote something.
  uint64_t groups_committed() const;
  uint64_t commands_run() const;

 private:
  struct Item {
    Priority priority;
    Command command;
    Completion done;
  };

  // Hands in, or calls `done` with the refusal. Whether the turn was asked for and taken.
  bool Add(Priority priority, Command command, Completion done, bool for_turn);
  bool IsQueued() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !before_bulk_.empty() || !bulk_.empty();
  }

  // What the group that is being run has taken so far, and may take.
  struct Group : GroupCounts {
    BulkShare share = BulkShare::kAll;
  };

  // The next command of the group; none if the group is full or the queues are empty.
  std::optional<Item> Next(Group& group, size_t group_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  bool BulkWaits(const Group& group, size_t group_bytes) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool BulkMayRun(const Group& group, size_t group_bytes) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Runs the commands of one group and appends their answers; how the database failed, if it did.
  absl::Status RunCommands(Transaction& transaction, Group& group, Answers& answers);
  // Answers one group's worth of commands without running them.
  Answers AnswerAll(const absl::Status& status);
  // Commits, and tells the observer.
  absl::Status Commit(Transaction& transaction);
  // From now on everything is answered with `status`.
  void Fail(const absl::Status& status);

  // Constant after construction.
  Database& database_;
  const CommitterOptions options_;

  // Used by the caller of RunGroup alone: the error of the commit that failed, and what ran last.
  absl::Status failed_;
  GroupCounts last_group_;

  mutable Mutex mutex_;
  CondVar work_;
  // Guarded by mutex_.
  std::deque<Item> before_bulk_ ABSL_GUARDED_BY(mutex_);
  std::deque<Item> bulk_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool turn_taken_ ABSL_GUARDED_BY(mutex_) = false;
  // The last turn was for a command by itself, and short: perhaps they come one by one.
  bool one_by_one_ ABSL_GUARDED_BY(mutex_) = true;
  BulkPace::Time bulk_from_ ABSL_GUARDED_BY(mutex_);
  uint64_t groups_committed_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t commands_run_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A CommitQueue and two threads that serve it, so that one commits while the other answers; and
// callers that run what they hand in.
class Committer : public Submitter {
 public:
  Committer(Database& database, CommitterOptions options);
  ~Committer() override;

  void Submit(Priority priority, Command command, Completion done) override;

  // Answers what is queued, refuses what comes later, and returns when nobody runs commands.
  // Idempotent. REQUIRES: not called by a command or a completion.
  void Stop();

  const CommitQueue& queue() const { return queue_; }

 private:
  void Run();
  // Runs a group and answers it. REQUIRES: the turn is this thread's; it isn't afterwards.
  void RunTurn(CommitQueue::Successor next);
  // When all groups before this one are answered.
  void Answer(uint64_t group, CommitQueue::Answers answers);

  CommitQueue queue_;
  // Of who has the turn.
  BulkPace pace_;
  uint64_t groups_run_ = 0;

  Mutex answers_mutex_;
  CondVar answered_;
  // Guarded by answers_mutex_.
  uint64_t groups_answered_ ABSL_GUARDED_BY(answers_mutex_) = 0;

  // Makes concurrent calls of Stop() all wait.
  Mutex join_mutex_;
  std::array<std::thread, 2> threads_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_COMMITTER_H_
