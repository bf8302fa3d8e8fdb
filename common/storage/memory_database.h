// Database in memory, for tests and simulation, with the faults of a disk.

#ifndef COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_
#define COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/storage/database.h"

namespace comptoir {

// Thread-safe. Copying its content (Copy) stands for a backup, replacing it (Restore) for a
// restore. Readers are snapshots of constant cost: a commit keeps a row's old version only while a
// reader can see it.
class MemoryDatabase : public Database {
 public:
  MemoryDatabase();
  // REQUIRES: no reader and no transaction is left.
  ~MemoryDatabase() override;

  std::unique_ptr<Reader> NewReader() const override;
  const Reader& latest() const override;
  std::unique_ptr<Transaction> NewTransaction() override;
  absl::Status Commit(Transaction& transaction) override;
  uint64_t FreeBytes() const override;

  // As Commit, but only in memory until the next Commit: what a database does whose sync was
  // forgotten.
  absl::Status CommitUnsynced(Transaction& transaction);
  // Everything committed unsynced is gone.
  void LosePower();

  // A commit that doesn't fit fails with DISK_FULL. Without this call: endless space.
  void set_free_bytes(uint64_t bytes);
  // Called before every read and commit, from any thread; an error it returns is that call's.
  // Empty: no faults.
  void set_fault(std::function<absl::Status()> fault);

  // All rows of all tables, as of the last commit. Backup and restore.
  using Content = std::map<std::pair<Table, std::string>, std::string>;
  Content Copy() const;
  // As one durable commit: open readers keep what they see.
  void Restore(const Content& content);

 private:
  class State;

  absl::Status CommitWrites(Transaction& transaction, bool synced);

  // Constant after construction.
  const std::unique_ptr<State> state_;
  const std::unique_ptr<const Reader> latest_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_
