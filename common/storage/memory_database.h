// Database in memory, for tests and simulation, with the faults of a disk.

#ifndef COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_
#define COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/storage/database.h"

namespace comptoir {

// Thread-safe. Copying its content (Copy) stands for a backup, replacing it (Restore) for a restore.
class MemoryDatabase : public Database {
 public:
  MemoryDatabase();
  ~MemoryDatabase() override;

  std::unique_ptr<Reader> NewReader() const override;
  const Reader& latest() const override;
  std::unique_ptr<Transaction> NewTransaction() override;
  absl::Status Commit(Transaction& transaction) override;
  uint64_t FreeBytes() const override;

  // As Commit, but only in memory until the next Sync or Commit: what a database does whose sync was forgotten.
  absl::Status CommitUnsynced(Transaction& transaction);
  // Everything committed unsynced is gone.
  void LosePower();

  void set_free_bytes(uint64_t bytes);
  // Called before every read and commit; an error it returns is that call's.
  void set_fault(std::function<absl::Status()> fault);

  // All rows of all tables, as of the last commit. Backup and restore.
  using Content = std::map<std::pair<Table, std::string>, std::string>;
  Content Copy() const;
  void Restore(Content content);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MEMORY_DATABASE_H_
