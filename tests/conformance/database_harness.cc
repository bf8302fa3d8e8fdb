#include "tests/conformance/database_harness.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/memory_database.h"
#include "common/storage/rocks_database.h"
#include "tests/support/storage/faulty_env.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

class MemoryHarness : public DatabaseHarness {
 public:
  MemoryHarness() {
    database_.set_fault([this] { return Operate(); });
  }

  absl::Status Open() override {
    COMPTOIR_CHECK(!open_);
    absl::Status status = Operate();
    open_ = status.ok();
    return status;
  }

  void Close() override { open_ = false; }

  Database& database() override {
    COMPTOIR_CHECK(open_);
    return database_;
  }

  void LosePower() override {
    Close();
    database_.LosePower();
    first_failing_ = 0;
    last_failing_ = 0;
  }

  void LosePowerAt(uint64_t n) override { FailBetween(operations_ + n, UINT64_MAX); }
  void FailOperation(uint64_t n) override { FailBetween(operations_ + n, operations_ + n); }
  uint64_t operations() const override { return operations_; }

  void set_free_bytes(uint64_t bytes) override { database_.set_free_bytes(bytes); }
  void set_sync_forgotten(bool forgotten) override { sync_forgotten_ = forgotten; }

  // Of old versions only what a reader still sees, which Scrub tells.
  bool Keeps(const std::string& bytes) override {
    for (const auto& [key, value] : database_.Copy()) {
      if (key.second.find(bytes) != std::string::npos || value.find(bytes) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  absl::Status Commit(Transaction& transaction) override {
    return sync_forgotten_ ? database_.CommitUnsynced(transaction) : database_.Commit(transaction);
  }

 private:
  void FailBetween(uint64_t first, uint64_t last) {
    first_failing_ = first;
    last_failing_ = last;
  }

  // Counts an operation and says how it fails.
  absl::Status Operate() {
    const uint64_t operation = ++operations_;
    const bool fails =
        first_failing_ > 0 && operation >= first_failing_ && operation <= last_failing_;
    return fails ? MakeError(Reason::kStorageFailed, "planted") : absl::OkStatus();
  }

  MemoryDatabase database_;
  bool open_ = false;
  bool sync_forgotten_ = false;
  std::atomic<uint64_t> operations_ = 0;
  uint64_t first_failing_ = 0;
  uint64_t last_failing_ = 0;
};

class RocksHarness : public DatabaseHarness {
 public:
  absl::Status Open() override {
    COMPTOIR_CHECK(database_ == nullptr);
    auto database = OpenRocksDatabase({.path = folder_.File("database"),
                                       // Small, so that tests reach the sorted files.
                                       .block_cache_bytes = 1 << 20,
                                       .write_buffer_bytes = 64 << 10,
                                       .env = &env_});
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    return absl::OkStatus();
  }

  void Close() override { database_ = nullptr; }

  Database& database() override {
    COMPTOIR_CHECK(database_ != nullptr);
    return *database_;
  }

  void LosePower() override {
    env_.LosePower();
    Close();
    env_.FailOperation(0);
    env_.RestorePower();
  }

  void LosePowerAt(uint64_t n) override { env_.LosePowerAt(n); }
  void FailOperation(uint64_t n) override { env_.FailOperation(n); }
  uint64_t operations() const override { return env_.operations(); }

  void set_free_bytes(uint64_t bytes) override { env_.set_free_bytes(bytes); }
  void set_sync_forgotten(bool forgotten) override { env_.set_ignore_log_sync(forgotten); }

  bool Keeps(const std::string& bytes) override {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder_.File("database"))) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(file)), {});
      if (content.find(bytes) != std::string::npos) return true;
    }
    return false;
  }

  absl::Status Commit(Transaction& transaction) override { return database().Commit(transaction); }

 private:
  TempDir folder_;
  FaultyEnv env_;
  std::unique_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<DatabaseHarness> NewMemoryHarness() { return std::make_unique<MemoryHarness>(); }
std::unique_ptr<DatabaseHarness> NewRocksHarness() { return std::make_unique<RocksHarness>(); }

}  // namespace comptoir
