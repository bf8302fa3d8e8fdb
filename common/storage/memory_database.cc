#include "common/storage/memory_database.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/storage/memory_rows.h"
#include "common/storage/overlay_transaction.h"

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

MemoryDatabase::MemoryDatabase()
    : state_(std::make_unique<State>()),
      latest_(std::make_unique<State::ReaderAt>(*state_, kLatest)) {}
MemoryDatabase::~MemoryDatabase() = default;

std::unique_ptr<Reader> MemoryDatabase::NewReader() const {
  return std::make_unique<State::Snapshot>(*state_);
}

const Reader& MemoryDatabase::latest() const { return *latest_; }

std::unique_ptr<Transaction> MemoryDatabase::NewTransaction() {
  return std::make_unique<OverlayTransaction>(*latest_);
}

absl::Status MemoryDatabase::Commit(Transaction& transaction) {
  return CommitWrites(transaction, /*synced=*/true);
}

absl::Status MemoryDatabase::CommitUnsynced(Transaction& transaction) {
  return CommitWrites(transaction, /*synced=*/false);
}

absl::Status MemoryDatabase::CommitWrites(Transaction& transaction, bool synced) {
  auto& own = static_cast<OverlayTransaction&>(transaction);
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
