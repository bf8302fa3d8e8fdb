#include "common/storage/committer.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir {
namespace {

// A caller's thread isn't kept for a commit after one that took so long: others need it.
constexpr std::chrono::milliseconds kSlow(10);

// True for errors of the database itself, as opposed to a command's decision.
bool IsDatabaseFailure(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kStorageFailed || reason == Reason::kStorageCorrupt;
}

void EndProcess(const absl::Status& status) {
  const std::string line = "Commit failed, ending the process: " + status.ToString() + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace

CommitQueue::CommitQueue(Database& database, CommitterOptions options)
    : database_(database), options_(std::move(options)) {
  COMPTOIR_CHECK(options_.queue_commands_max > 0);
  COMPTOIR_CHECK(options_.group_bytes_max > 0);
  COMPTOIR_CHECK(options_.group_bulk_commands > 0);
  COMPTOIR_CHECK(options_.group_bulk_commands < options_.group_commands_max);
}

void CommitQueue::Submit(Priority priority, Command command, Completion done) {
  Add(priority, std::move(command), std::move(done), /*for_turn=*/false);
}

bool CommitQueue::SubmitForTurn(Command command, Completion done) {
  return Add(Priority::kAtOnce, std::move(command), std::move(done), /*for_turn=*/true);
}

bool CommitQueue::Add(Priority priority, Command command, Completion done, bool for_turn) {
  absl::Status refusal;
  bool turn_is_free = false;
  {
    MutexLock lock(mutex_);
    auto& queue = priority == Priority::kBulk ? bulk_ : before_bulk_;
    turn_is_free = !turn_taken_;
    if (stopped_) {
      refusal = MakeError(Reason::kShuttingDown, "The service is shutting down.");
    } else if (queue.size() >= options_.queue_commands_max) {
      refusal = MakeError(Reason::kOverloaded, "The commit queue is full.");
    } else {
      for_turn = for_turn && turn_is_free && one_by_one_ && !IsQueued();
      turn_taken_ = turn_taken_ || for_turn;
      queue.push_back(
          {.priority = priority, .command = std::move(command), .done = std::move(done)});
    }
  }
  if (!refusal.ok()) {
    done(std::move(refusal));
    return false;
  }
  // Without the lock, which who is woken takes first. Who has the turn looks when it ends.
  if (turn_is_free && !for_turn) work_.NotifyOne();
  return for_turn;
}

CommitQueue::Answers CommitQueue::RunGroup(BulkShare bulk) {
  last_group_ = {};
  if (queued() == 0) return {};
  if (!failed_.ok()) return AnswerAll(failed_);
  if (database_.FreeBytes() < options_.free_bytes_min) {
    return AnswerAll(
        MakeError(Reason::kDiskFull, "Free disk space is below the reserve; nothing is written."));
  }

  Answers answers;
  const auto transaction = database_.NewTransaction();
  Group group{.share = bulk};
  absl::Status status = RunCommands(*transaction, group, answers);
  last_group_ = group;
  const bool wrote = transaction->write_count() > 0;
  if (status.ok() && wrote) status = Commit(*transaction);
  if (!status.ok()) {
    Fail(status);
    for (auto& [done, answer] : answers) answer = status;
  }

  MutexLock lock(mutex_);
  commands_run_ += answers.size();
  if (status.ok() && wrote) ++groups_committed_;
  return answers;
}

absl::Status CommitQueue::RunCommands(Transaction& transaction, Group& group, Answers& answers) {
  while (auto item = Next(group, transaction.write_bytes())) {
    const size_t writes_before = transaction.write_count();
    absl::Status status = item->command(transaction);
    const bool failed_half_done = !status.ok() && transaction.write_count() != writes_before;
    answers.emplace_back(std::move(item->done), status);
    if (failed_half_done) {
      COMPTOIR_CHECK(IsDatabaseFailure(status)) << "A command wrote and then failed: " << status;
      return status;
    }
  }
  return absl::OkStatus();
}

std::optional<CommitQueue::Item> CommitQueue::Next(Group& group, size_t group_bytes) {
  MutexLock lock(mutex_);
  if (group.all() >= options_.group_commands_max || group_bytes >= options_.group_bytes_max) {
    return std::nullopt;
  }
  const bool bulk_waits = BulkWaits(group, group_bytes);
  if (!bulk_waits && !BulkMayRun(group, group_bytes)) return std::nullopt;
  auto& queue = bulk_waits ? before_bulk_ : bulk_;
  Item item = std::move(queue.front());
  queue.pop_front();
  switch (item.priority) {
    case Priority::kInteractive:
    case Priority::kAtOnce:
      ++group.interactive;
      break;
    case Priority::kPrompt:
      ++group.prompt;
      break;
    case Priority::kBulk:
      ++group.bulk;
      break;
  }
  return item;
}

bool CommitQueue::BulkWaits(const Group& group, size_t group_bytes) const {
  if (before_bulk_.empty()) return false;
  // A bulk command must not wait for ever because others fill every group.
  const bool bulk_turn =
      group.before_bulk() >= options_.group_commands_max - options_.group_bulk_commands ||
      (group.bulk == 0 && group_bytes >= options_.group_bytes_max / 2);
  return bulk_.empty() || !bulk_turn;
}

bool CommitQueue::BulkMayRun(const Group& group, size_t group_bytes) const {
  const BulkShare share = stopped_ ? BulkShare::kAll : group.share;
  if (bulk_.empty() || share == BulkShare::kNone) return false;
  // Nobody waits for a group of bulk commands only, and one goes into every group.
  const bool alone = group.before_bulk() == 0 && share == BulkShare::kAll;
  if (alone || group.bulk == 0) return true;
  return group.bulk < options_.group_bulk_commands && group_bytes < options_.group_bulk_bytes;
}

CommitQueue::Answers CommitQueue::AnswerAll(const absl::Status& status) {
  Answers answers;
  Group group;
  while (auto item = Next(group, /*group_bytes=*/0)) {
    answers.emplace_back(std::move(item->done), status);
  }
  return answers;
}

absl::Status CommitQueue::Commit(Transaction& transaction) {
  if (options_.observer == nullptr) return database_.Commit(transaction);
  options_.observer->Committing(transaction);
  COMPTOIR_RETURN_IF_ERROR(database_.Commit(transaction));
  options_.observer->Committed();
  return absl::OkStatus();
}

void CommitQueue::Fail(const absl::Status& status) {
  failed_ = status;
  if (options_.on_commit_failed) {
    options_.on_commit_failed(status);
  } else {
    EndProcess(status);
  }
}

bool CommitQueue::WaitForTurn() {
  MutexLock lock(mutex_);
  while (true) {
    if (turn_taken_) {
      work_.Wait(mutex_);
    } else if (!before_bulk_.empty() || (stopped_ && !bulk_.empty())) {
      break;
    } else if (stopped_) {
      return false;
    } else if (bulk_.empty()) {
      work_.Wait(mutex_);
    } else if (std::chrono::steady_clock::now() >= bulk_from_) {
      break;
    } else {
      work_.WaitUntil(mutex_, bulk_from_);
    }
  }
  turn_taken_ = true;
  return true;
}

void CommitQueue::EndTurn(const TurnEnd& end) {
  bool stopped = false;
  bool is_queued = false;
  {
    MutexLock lock(mutex_);
    turn_taken_ = false;
    one_by_one_ = last_group_.interactive + last_group_.bulk <= 1 && !end.slow;
    bulk_from_ = end.bulk_from;
    stopped = stopped_;
    is_queued = IsQueued();
  }
  if (stopped) {
    work_.NotifyAll();
  } else if (is_queued && end.successor == Successor::kAnybody) {
    work_.NotifyOne();
  }
}

void CommitQueue::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
  }
  work_.NotifyAll();
}

size_t CommitQueue::queued() const {
  MutexLock lock(mutex_);
  return before_bulk_.size() + bulk_.size();
}

uint64_t CommitQueue::groups_committed() const {
  MutexLock lock(mutex_);
  return groups_committed_;
}

uint64_t CommitQueue::commands_run() const {
  MutexLock lock(mutex_);
  return commands_run_;
}

Committer::Committer(Database& database, CommitterOptions options)
    : queue_(database, std::move(options)) {
  for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
}

Committer::~Committer() { Stop(); }

void Committer::Submit(Priority priority, Command command, Completion done) {
  if (priority != Priority::kAtOnce) {
    queue_.Submit(priority, std::move(command), std::move(done));
  } else if (queue_.SubmitForTurn(std::move(command), std::move(done))) {
    RunTurn(CommitQueue::Successor::kAnybody);
  }
}

void Committer::Stop() {
  queue_.Stop();
  MutexLock lock(join_mutex_);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Committer::Run() {
  while (queue_.WaitForTurn()) RunTurn(CommitQueue::Successor::kMyself);
}

void Committer::RunTurn(CommitQueue::Successor next) {
  const auto begin = std::chrono::steady_clock::now();
  CommitQueue::Answers answers = queue_.RunGroup(pace_.ShareAt(begin));
  const auto end = std::chrono::steady_clock::now();
  pace_.GroupRan(begin, end, queue_.last_group());
  const bool slow = end - begin > kSlow;
  const uint64_t group = groups_run_++;
  const BulkPace::Time bulk_from = pace_.bulk_from();
  // Where as many wait as are to be answered, the next group is worth another thread; a smaller one
  // grows until these are. Something is queued then until the turn is taken, and kept until these
  // are answered: so nobody who hands in the next command from an answer has the turn.
  // A group that wasn't run, for lack of space perhaps, is answered first: whoever hands in
  // commands that build upon each other learns from the answer alone that the later ones mustn't
  // run.
  const size_t count = queue_.last_group().all();
  if (count > 1 && queue_.queued() >= count) {
    queue_.EndTurn({.bulk_from = bulk_from, .slow = slow});
    Answer(group, std::move(answers));
  } else {
    Answer(group, std::move(answers));
    queue_.EndTurn({.bulk_from = bulk_from, .successor = next, .slow = slow});
  }
}

void Committer::Answer(uint64_t group, CommitQueue::Answers answers) {
  {
    MutexLock lock(answers_mutex_);
    while (groups_answered_ != group) answered_.Wait(answers_mutex_);
  }
  for (auto& [done, status] : answers) done(std::move(status));
  {
    MutexLock lock(answers_mutex_);
    ++groups_answered_;
  }
  answered_.NotifyAll();
}

}  // namespace comptoir
