#include "common/storage/rocks_database.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/storage/overlay_transaction.h"
#include "common/storage/read_once.h"
#include "common/storage/rocks_files.h"
#include "common/storage/rocks_index_table.h"
#include "common/storage/rocks_reader.h"
#include "common/storage/rocks_scrub.h"
#include "common/storage/rocks_young_files.h"
#include "common/storage/scrub.h"
#include "common/storage/tidy.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/write_batch.h"

namespace comptoir {
namespace {

using rocksdb::ColumnFamilyHandle;
using rocksdb::Slice;

// Kind, column family and lengths of a write in a batch.
constexpr size_t kBytesAroundWrite = 8;

// Of the memory for what isn't in sorted files yet, for the index; as much again while it is
// written.
constexpr size_t kIndexShareOfBuffer = 4;

// Over a snapshot of the last commit: that makes its iterators once, however many scans the
// commands of a group take.
class RocksTransaction : public OverlayTransaction {
 public:
  explicit RocksTransaction(std::unique_ptr<const Reader> last)
      : OverlayTransaction(*last), last_(std::move(last)) {}

 private:
  const std::unique_ptr<const Reader> last_;
};

class RocksDatabase : public Database, public ReadableOnce, public Scrubbable, public Tidiable {
 public:
  RocksDatabase(RocksFiles files, const RocksOptions& options, rocksdb::Env& env)
      : path_(options.path),
        env_(env),
        index_bytes_max_(options.write_buffer_bytes / kIndexShareOfBuffer),
        files_(std::move(files)),
        young_files_(*files_.database, files_.tables),
        index_(*files_.database, *files_.tables[static_cast<size_t>(kTableOfRuns)],
               *files_.index_log, env, options.path),
        latest_(*files_.database, files_.tables, last_, nullptr),
        latest_once_(*files_.database, files_.tables, last_, nullptr, FillCache::kNo) {
    files_.listener->Tell([this] {
      if (const auto last = last_.get(); last != nullptr) last->DropScanners();
    });
  }

  ~RocksDatabase() override {
    files_.listener->Tell(nullptr);
    if (file_thread_.joinable()) file_thread_.join();
    for (ColumnFamilyHandle* family : files_.families) {
      files_.database->DestroyColumnFamilyHandle(family);
    }
  }

  // Before all else.
  absl::Status Open() {
    MutexLock lock(commit_mutex_);
    COMPTOIR_RETURN_IF_ERROR(index_.Open());
    Publish();
    return absl::OkStatus();
  }

  std::unique_ptr<Reader> NewReader() const override {
    return std::make_unique<RocksReader>(*files_.database, files_.tables, last_, last_.get());
  }

  const Reader& latest() const override { return latest_; }
  const Reader& latest_once() const override { return latest_once_; }

  std::unique_ptr<Transaction> NewTransaction() override {
    return std::make_unique<RocksTransaction>(NewReader());
  }

  absl::Status Commit(Transaction& transaction) override {
    auto& own = static_cast<OverlayTransaction&>(transaction);
    if (own.write_count() == 0) return absl::OkStatus();
    MutexLock lock(commit_mutex_);
    // A disk that takes files more slowly than customers come.
    while (writing_file_ && index_.bytes_in_memory() >= 2 * index_bytes_max_) {
      file_written_.Wait(commit_mutex_);
    }
    COMPTOIR_RETURN_IF_ERROR(file_status_);
    COMPTOIR_ASSIGN_OR_RETURN(rocksdb::WriteBatch batch, BatchOf(own));
    index_.ShortenLog(batch);
    auto run = index_.Log(own.writes()[static_cast<size_t>(kTableOfRuns)], batch);
    rocksdb::WriteOptions options;
    options.sync = true;
    COMPTOIR_RETURN_IF_ERROR(ToStatus(files_.database->Write(options, &batch)));
    if (run != nullptr) index_.Add(std::move(run));
    Publish();
    BeginFileIfDue();
    own.Clear();
    return absl::OkStatus();
  }

  absl::Status Scrub() override {
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t sequence, EmptyMemory());
    return ScrubFiles(files_, env_, path_, sequence);
  }

  // Who writes much writes files of the index.
  absl::Status TidyIfCalm() override { return young_files_.MergeIfFew(FreeBytes()); }
  size_t untidy_files() const override { return young_files_.count(); }

  uint64_t FreeBytes() const override {
    uint64_t free_bytes = 0;
    const auto status = env_.GetFreeSpace(path_, &free_bytes);
    if (status.IsNotSupported()) return std::numeric_limits<uint64_t>::max();
    return status.ok() ? free_bytes : 0;
  }

 private:
  // Each key once, with its last value.
  absl::StatusOr<rocksdb::WriteBatch> BatchOf(OverlayTransaction& transaction) const {
    rocksdb::WriteBatch batch(transaction.write_bytes() +
                              transaction.write_count() * kBytesAroundWrite);
    for (const Table table : kAllTables) {
      if (table == kTableOfRuns) continue;
      ColumnFamilyHandle* const handle = files_.tables[static_cast<size_t>(table)];
      for (const OverlayWrite& write : transaction.writes()[static_cast<size_t>(table)]) {
        const Slice key = ToSlice(write.key());
        const auto value = write.value();
        COMPTOIR_RETURN_IF_ERROR(ToStatus(value.has_value()
                                              ? batch.Put(handle, key, ToSlice(*value))
                                              : batch.Delete(handle, key)));
      }
    }
    return batch;
  }

  // Shows readers what is committed. Nothing is written meanwhile, so runs and snapshot agree.
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_) {
    last_.Set(std::make_shared<RocksSnapshot>(*files_.database, files_.tables, index_.Runs()));
  }

  void BeginFileIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_) {
    if (writing_file_ || index_.bytes_in_memory() < index_bytes_max_) return;
    writing_file_ = true;
    if (file_thread_.joinable()) file_thread_.join();
    // A thread of its own: the engine may have to do what its own threads do before it takes the
    // file.
    file_thread_ = std::thread([this, frozen = index_.Freeze()] { WriteFile(frozen); });
  }

  // Writes what is frozen, and shows it from there.
  void WriteFile(const RocksIndexTable::Frozen& frozen) {
    young_files_.BeginMany();
    const absl::Status status = index_.WriteFile(frozen);
    MutexLock lock(commit_mutex_);
    if (status.ok()) {
      index_.DropFrozen(frozen);
      Publish();
    } else {
      file_status_ = status;
    }
    writing_file_ = false;
    file_written_.NotifyAll();
  }

  // Nothing that is committed is in memory only. Up to which of the engine's sequences.
  absl::StatusOr<uint64_t> EmptyMemory() {
    RocksIndexTable::Frozen frozen;
    {
      MutexLock lock(commit_mutex_);
      while (writing_file_) file_written_.Wait(commit_mutex_);
      COMPTOIR_RETURN_IF_ERROR(file_status_);
      writing_file_ = true;
      frozen = index_.Freeze();
    }
    WriteFile(frozen);
    MutexLock lock(commit_mutex_);
    COMPTOIR_RETURN_IF_ERROR(file_status_);
    rocksdb::WriteBatch batch;
    index_.ShortenLog(batch);
    COMPTOIR_RETURN_IF_ERROR(ToStatus(files_.database->Write(rocksdb::WriteOptions(), &batch)));
    // No reader of ours sees what was before.
    Publish();
    return files_.database->GetLatestSequenceNumber();
  }

  // Constant after construction.
  const std::string path_;
  rocksdb::Env& env_;
  const size_t index_bytes_max_;
  const RocksFiles files_;
  RocksYoungFiles young_files_;

  LastSnapshot last_;

  // Held during a commit: what isn't committed whole is shown to nobody.
  Mutex commit_mutex_;
  // Guarded by commit_mutex_, but for WriteFile.
  RocksIndexTable index_;
  bool writing_file_ ABSL_GUARDED_BY(commit_mutex_) = false;
  CondVar file_written_;
  // Of the last file; done with the mutex when writing_file_ is false.
  std::thread file_thread_;
  // Of the last file. What wasn't written is in memory and in the log, but there is no going on.
  absl::Status file_status_ ABSL_GUARDED_BY(commit_mutex_);

  const RocksReader latest_;
  const RocksReader latest_once_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenRocksDatabase(const RocksOptions& options) {
  COMPTOIR_ASSIGN_OR_RETURN(RocksFiles files, OpenRocksFiles(options));
  rocksdb::Env& env = *files.database->GetEnv();
  auto database = std::make_unique<RocksDatabase>(std::move(files), options, env);
  COMPTOIR_RETURN_IF_ERROR(database->Open());
  return database;
}

}  // namespace comptoir
