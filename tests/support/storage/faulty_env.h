#ifndef COMPTOIR_TESTS_SUPPORT_STORAGE_FAULTY_ENV_H_
#define COMPTOIR_TESTS_SUPPORT_STORAGE_FAULTY_ENV_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "rocksdb/env.h"

namespace comptoir {

// The disk as RocksDB sees it, with faults: loss of power, failing operations, no space, slow sync.
// Files are real; what is synced is only book-keeping, so syncing costs nothing. Thread-safe.
class FaultyEnv : public rocksdb::EnvWrapper {
 public:
  FaultyEnv();

  // From now on every operation fails: what is open can be closed, but writes nothing more.
  void LosePower();
  // The same when the n-th operation from now on (from 1) begins; 0: not.
  void LosePowerAt(uint64_t n);

  // Drops what was not synced, and works again: files are what was synced of them, files
  // whose folder wasn't synced since are gone, renamed ones have their old names. REQUIRES: no
  // database is open.
  void RestorePower();

  // The n-th operation from now on (from 1) fails with an IOError; 0: none. Operations create,
  // open, append to, sync, rename or delete a file, or sync a folder.
  void FailOperation(uint64_t n);

  // Operations so far.
  uint64_t operations() const;

  // What GetFreeSpace says; at 0 every append fails with NoSpace.
  void set_free_bytes(uint64_t bytes);

  // How long a sync of a file takes.
  void set_sync_delay(absl::Duration delay);

  // A disk that lies: syncs of logs report success and do nothing. Proves that tests notice a
  // commit without one. Not of other files: without those a database that RocksDB tidies meanwhile
  // isn't one any more.
  void set_ignore_log_sync(bool ignore);

  rocksdb::Status NewSequentialFile(const std::string& path,
                                    std::unique_ptr<rocksdb::SequentialFile>* file,
                                    const rocksdb::EnvOptions& options) override;
  rocksdb::Status NewRandomAccessFile(const std::string& path,
                                      std::unique_ptr<rocksdb::RandomAccessFile>* file,
                                      const rocksdb::EnvOptions& options) override;
  rocksdb::Status NewWritableFile(const std::string& path,
                                  std::unique_ptr<rocksdb::WritableFile>* file,
                                  const rocksdb::EnvOptions& options) override;
  rocksdb::Status ReopenWritableFile(const std::string& path,
                                     std::unique_ptr<rocksdb::WritableFile>* file,
                                     const rocksdb::EnvOptions& options) override;
  rocksdb::Status ReuseWritableFile(const std::string& path, const std::string& old_path,
                                    std::unique_ptr<rocksdb::WritableFile>* file,
                                    const rocksdb::EnvOptions& options) override;
  rocksdb::Status NewDirectory(const std::string& path,
                               std::unique_ptr<rocksdb::Directory>* directory) override;
  rocksdb::Status DeleteFile(const std::string& path) override;
  rocksdb::Status Truncate(const std::string& path, size_t size) override;
  rocksdb::Status RenameFile(const std::string& from, const std::string& to) override;
  rocksdb::Status LinkFile(const std::string& from, const std::string& to) override;
  rocksdb::Status CreateDir(const std::string& path) override;
  rocksdb::Status CreateDirIfMissing(const std::string& path) override;
  // RocksDB sleeps for a second before it repeats what failed; tests have no time for that.
  void SleepForMicroseconds(int microseconds) override;
  rocksdb::Status GetFreeSpace(const std::string& path, uint64_t* free_bytes) override;

 private:
  class File;
  class Folder;

  // How much of a file would be there after a loss of power.
  struct Durability {
    uint64_t size = 0;
    uint64_t synced_size = 0;
    // What was written over and not synced since, by place, oldest first: as it was before.
    std::vector<std::pair<uint64_t, std::string>> overwritten;
  };

  // A rename whose folder wasn't synced since.
  struct Rename {
    std::string from;
    std::string to;
    // What `to` was before.
    std::optional<std::string> replaced_content;
  };

  // Counts an operation and says how it fails.
  rocksdb::Status BeginOperation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SyncFolder(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UndoRenames() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;

  // Guarded by mutex_, which is held during operations too: power is lost between two of them.
  bool powered_ ABSL_GUARDED_BY(mutex_) = true;
  bool ignore_log_sync_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_operation_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failing_operation_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t free_bytes_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<uint64_t>::max();
  absl::Duration sync_delay_ ABSL_GUARDED_BY(mutex_);
  // Files written since the power came, by path.
  std::map<std::string, std::shared_ptr<Durability>> files_ ABSL_GUARDED_BY(mutex_);
  // Those of them whose folder wasn't synced since they were created.
  std::set<std::string> created_ ABSL_GUARDED_BY(mutex_);
  std::vector<Rename> renames_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_STORAGE_FAULTY_ENV_H_
