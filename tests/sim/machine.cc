#include "tests/sim/machine.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::sim {

SimExecutor::SimExecutor(Context& context, Owner owner)
    : context_(context), owner_(owner), random_(context.NewRandom()) {}

bool SimExecutor::Post(std::function<void()> task) {
  return RunAfter(absl::ZeroDuration(), std::move(task)) != TimerToken();
}

TimerToken SimExecutor::RunAfter(absl::Duration delay, std::function<void()> task) {
  if (killed_) return TimerToken();
  const TimerToken token(++last_token_);
  const absl::Time due = context_.scheduler().now() + std::max(delay, absl::ZeroDuration());
  tasks_.emplace(std::pair(due, token), std::move(task));
  Arm();
  return token;
}

bool SimExecutor::Cancel(TimerToken token) {
  const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                  [&](const auto& task) { return task.first.second == token; });
  if (found == tasks_.end()) return false;
  const auto cancelled = tasks_.extract(found);
  return true;
}

void SimExecutor::Kill() {
  killed_ = true;
  while (!tasks_.empty()) {
    const auto dropped = tasks_.extract(tasks_.begin());
  }
}

void SimExecutor::Arm() {
  if (tasks_.empty()) return;
  const absl::Time due = tasks_.begin()->first.first;
  if (armed_ != EventId() && armed_due_ <= due) return;
  if (armed_ != EventId()) context_.scheduler().Cancel(armed_);
  const absl::Duration late = absl::Microseconds(1 + random_.Below(200));
  armed_due_ = due;
  armed_ = context_.scheduler().After(due - context_.scheduler().now() + late, owner_,
                                      [this] { RunNext(); });
}

void SimExecutor::RunNext() {
  armed_ = EventId();
  if (!tasks_.empty() && tasks_.begin()->first.first <= context_.scheduler().now()) {
    const auto task = tasks_.extract(tasks_.begin());
    task.mapped()();
  }
  if (!killed_) Arm();
}

namespace {

// What else there is follows from these, and is checked as a whole at the end.
bool IsWatched(Table table) { return table != Table::kIndex && table != Table::kRequests; }

// Remembers which rows were written.
class ObservedTransaction : public Transaction {
 public:
  explicit ObservedTransaction(std::unique_ptr<Transaction> inner) : inner_(std::move(inner)) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return inner_->Get(table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override {
    return inner_->MultiGet(table, keys);
  }
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visit) const override {
    return inner_->Scan(table, range, visit);
  }
  void Put(Table table, std::string_view key, std::string_view value) override {
    if (IsWatched(table)) {
      auto& values = written_[{table, std::string(key)}];
      if (table == Table::kRecords) values.emplace_back(value);
    }
    inner_->Put(table, key, value);
  }
  void Delete(Table table, std::string_view key) override {
    if (IsWatched(table)) written_[{table, std::string(key)}];
    inner_->Delete(table, key);
  }
  size_t write_count() const override { return inner_->write_count(); }
  size_t write_bytes() const override { return inner_->write_bytes(); }
  void VisitWrites(Table table, VisitWrite visit) const override {
    inner_->VisitWrites(table, visit);
  }

  Transaction& inner() { return *inner_; }
  // Rows with the values that were put there.
  using Written = std::map<std::pair<Table, std::string>, std::vector<std::string>>;
  Written& written() { return written_; }

 private:
  const std::unique_ptr<Transaction> inner_;
  Written written_;
};

}  // namespace

std::unique_ptr<Transaction> SimDatabase::NewTransaction() {
  return std::make_unique<ObservedTransaction>(disk_.NewTransaction());
}

absl::Status SimDatabase::Commit(Transaction& transaction) {
  if (std::exchange(fail_next_commit_, false)) {
    return MakeError(Reason::kStorageFailed, "The simulated disk failed.");
  }
  auto& observed = static_cast<ObservedTransaction&>(transaction);
  std::vector<RowChange> changes;
  for (auto& [row, values] : observed.written()) {
    const auto& [table, key] = row;
    RowChange change{.table = table, .key = key, .values = std::move(values)};
    const auto before = disk_.latest().Get(table, key);
    if (before.ok()) change.before = *before;
    const auto after = observed.inner().Get(table, key);
    if (after.ok()) change.after = *after;
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  absl::Status status = disk_.Commit(observed.inner());
  if (status.ok()) observer_(changes);
  return status;
}

CommitPump::CommitPump(Context& context, Owner owner, Database& database, const Disk& disk,
                       CommitObserver& observer, std::function<void()> failed)
    : context_(context),
      owner_(owner),
      disk_(disk),
      failed_(std::move(failed)),
      random_(context.NewRandom()) {
  CommitterOptions options;
  options.observer = &observer;
  options.on_commit_failed = [this](const absl::Status&) { commit_failed_ = true; };
  // Small groups, so that a crash often falls between two of them.
  options.group_commands_max = 2 + random_.Below(8);
  options.group_bulk_commands = 1 + random_.Below(options.group_commands_max - 1);
  queue_ = std::make_unique<CommitQueue>(database, std::move(options));
}

CommitPump::~CommitPump() = default;

void CommitPump::Submit(Priority priority, Command command, Completion done) {
  if (queue_ == nullptr) return;
  if (queue_->queued() >= disk_.queue_commands_max) {
    context_.Count(Fault::kHqOverloaded);
    done(MakeError(Reason::kOverloaded, "The simulated queue is full."));
    return;
  }
  queue_->Submit(priority, std::move(command), std::move(done));
  Arm();
}

void CommitPump::Kill() {
  queue_.reset();
  answers_.clear();
}

void CommitPump::Arm() {
  if (armed_ || queue_ == nullptr || queue_->queued() == 0) return;
  armed_ = true;
  context_.scheduler().After(Between(random_, disk_.delay_min, disk_.delay_max), owner_,
                             [this] { RunGroup(); });
}

void CommitPump::RunGroup() {
  answers_ = queue_->RunGroup();
  if (queue_->last_group().interactive > 0) ++interactive_groups_;
  std::reverse(answers_.begin(), answers_.end());
  if (commit_failed_) {
    // Nobody hears of it: the process is gone. This may be destroyed now.
    const std::function<void()> failed = failed_;
    failed();
    return;
  }
  context_.scheduler().After(absl::Microseconds(1 + random_.Below(200)), owner_,
                             [this] { AnswerNext(); });
}

void CommitPump::AnswerNext() {
  if (!answers_.empty()) {
    const auto [done, status] = std::move(answers_.back());
    answers_.pop_back();
    done(status);
  }
  if (queue_ == nullptr) return;
  if (!answers_.empty()) {
    context_.scheduler().After(absl::Microseconds(1 + random_.Below(20)), owner_,
                               [this] { AnswerNext(); });
    return;
  }
  armed_ = false;
  Arm();
}

}  // namespace comptoir::sim
