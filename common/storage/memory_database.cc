#include "common/storage/memory_database.h"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/memory_rows.h"

namespace comptoir {

class MemoryDatabase::State::ReaderAt : public Reader {
 public:
  ReaderAt(const State& state, CommitNumber commit) : state_(state), commit_(commit) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return state_.Get(commit_, table, key);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override {
    return state_.MultiGet(commit_, table, keys);
  }

  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    return state_.Scan(commit_, table, range, visit);
  }

 protected:
  const State& state_;
  const CommitNumber commit_;
};

class MemoryDatabase::State::Snapshot : public ReaderAt {
 public:
  explicit Snapshot(const State& state) : ReaderAt(state, state.Pin(kLatest)) {}
  ~Snapshot() override { state_.Unpin(commit_); }
};

class MemoryDatabase::State::MemoryTransaction : public Transaction {
 public:
  explicit MemoryTransaction(const State& state) : base_(state, kLatest), state_(state) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    const std::optional<std::string>* own = FindOwn(table, key);
    if (own == nullptr) return base_.Get(table, key);
    COMPTOIR_RETURN_IF_ERROR(state_.Fault());
    return *own;
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override {
    COMPTOIR_ASSIGN_OR_RETURN(auto values, base_.MultiGet(table, keys));
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::optional<std::string>* own = FindOwn(table, keys[i]);
      if (own != nullptr) values[i] = *own;
    }
    return values;
  }

  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    if (range.rows_max == 0) return absl::OkStatus();
    ++scans_;
    absl::Status status = ScanMerged(table, range, visit);
    --scans_;
    return status;
  }

  void Put(Table table, std::string_view key, std::string_view value) override {
    Write(table, key, std::string(value));
    write_bytes_ += key.size() + value.size();
  }

  void Delete(Table table, std::string_view key) override {
    Write(table, key, std::nullopt);
    write_bytes_ += key.size();
  }

  size_t write_count() const override { return write_count_; }
  size_t write_bytes() const override { return write_bytes_; }

  Writes& writes() { return writes_; }

  void Clear() {
    for (auto& writes : writes_) writes.clear();
    write_count_ = 0;
    write_bytes_ = 0;
  }

 private:
  const std::optional<std::string>* FindOwn(Table table, std::string_view key) const {
    const auto& writes = writes_[IndexOf(table)];
    const auto own = writes.find(key);
    return own == writes.end() ? nullptr : &own->second;
  }

  void Write(Table table, std::string_view key, std::optional<std::string> value) {
    COMPTOIR_CHECK(scans_ == 0) << "A transaction was written to while it was scanned.";
    auto& writes = writes_[IndexOf(table)];
    const auto own = writes.lower_bound(key);
    if (own != writes.end() && own->first == key) {
      own->second = std::move(value);
    } else {
      writes.emplace_hint(own, std::string(key), std::move(value));
    }
    ++write_count_;
  }

  // Visits own writes and the rows below them as one sorted sequence.
  absl::Status ScanMerged(Table table, const KeyRange& range,
                          absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
    RangeCursor<OwnWrites::const_iterator> own(writes_[IndexOf(table)], range);
    size_t left = range.rows_max;
    const auto show = [&](std::string_view key, std::string_view value) {
      --left;
      return visit(key, value) && left > 0;
    };
    // Shows own rows that come before `key` (all if it is null); false when the scan is over.
    const auto show_own_before = [&](const std::string_view* key) {
      for (; !own.AtEnd(); own.Advance()) {
        const auto& [own_key, value] = *own.Current();
        const bool before = key == nullptr || (range.reverse ? own_key > *key : own_key < *key);
        if (!before) return true;
        if (value.has_value() && !show(own_key, *value)) return false;
      }
      return true;
    };

    bool over = false;
    KeyRange all = range;
    all.rows_max = std::numeric_limits<size_t>::max();
    COMPTOIR_RETURN_IF_ERROR(
        base_.Scan(table, all, [&](std::string_view key, std::string_view value) {
          over = !show_own_before(&key);
          if (over) return false;
          const bool overwritten = !own.AtEnd() && own.Current()->first == key;
          if (!overwritten) over = !show(key, value);
          return !over;
        }));
    if (!over) show_own_before(nullptr);
    return absl::OkStatus();
  }

  const ReaderAt base_;
  const State& state_;
  Writes writes_;
  size_t write_count_ = 0;
  size_t write_bytes_ = 0;
  // How many scans are under way: `visit` may read, also scan, but not write.
  mutable size_t scans_ = 0;
};

MemoryDatabase::MemoryDatabase()
    : state_(std::make_unique<State>()),
      latest_(std::make_unique<State::ReaderAt>(*state_, kLatest)) {}
MemoryDatabase::~MemoryDatabase() = default;

std::unique_ptr<Reader> MemoryDatabase::NewReader() const {
  return std::make_unique<State::Snapshot>(*state_);
}

const Reader& MemoryDatabase::latest() const { return *latest_; }

std::unique_ptr<Transaction> MemoryDatabase::NewTransaction() {
  return std::make_unique<State::MemoryTransaction>(*state_);
}

absl::Status MemoryDatabase::Commit(Transaction& transaction) {
  return CommitWrites(transaction, /*synced=*/true);
}

absl::Status MemoryDatabase::CommitUnsynced(Transaction& transaction) {
  return CommitWrites(transaction, /*synced=*/false);
}

absl::Status MemoryDatabase::CommitWrites(Transaction& transaction, bool synced) {
  auto& own = static_cast<State::MemoryTransaction&>(transaction);
  COMPTOIR_RETURN_IF_ERROR(state_->Commit(own.writes(), own.write_bytes(), synced));
  own.Clear();
  return absl::OkStatus();
}

uint64_t MemoryDatabase::FreeBytes() const { return state_->free_bytes(); }
void MemoryDatabase::LosePower() { state_->LosePower(); }
void MemoryDatabase::set_free_bytes(uint64_t bytes) { state_->set_free_bytes(bytes); }
void MemoryDatabase::set_fault(std::function<absl::Status()> fault) {
  state_->set_fault(std::move(fault));
}
MemoryDatabase::Content MemoryDatabase::Copy() const { return state_->Copy(); }
void MemoryDatabase::Restore(const Content& content) { state_->Restore(content); }

}  // namespace comptoir
