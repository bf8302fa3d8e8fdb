#include "common/storage/rocks_database.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/overlay_transaction.h"
#include "common/storage/rocks_tuning.h"
#include "common/storage/scrub.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/iterator.h"
#include "rocksdb/transaction_log.h"
#include "rocksdb/write_batch.h"

namespace comptoir {
namespace {

using rocksdb::ColumnFamilyHandle;
using rocksdb::PinnableSlice;
using rocksdb::ReadOptions;
using rocksdb::Slice;

constexpr std::string_view TableName(Table table) {
  switch (table) {
    case Table::kMeta:
      return "Meta";
    case Table::kRecords:
      return "Records";
    case Table::kIndex:
      return "Index";
    case Table::kOutbox:
      return "Outbox";
    case Table::kFeeds:
      return "Feeds";
    case Table::kStaged:
      return "Staged";
    case Table::kRequests:
      return "Requests";
    case Table::kCursors:
      return "Cursors";
  }
  return "";
}

// By Table.
using Handles = std::array<ColumnFamilyHandle*, std::size(kAllTables)>;

Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const Slice& slice) { return {slice.data(), slice.size()}; }

// The engine's text names files and sizes, never keys or values.
absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const Reason reason = status.IsCorruption() ? Reason::kStorageCorrupt
                        : status.IsNoSpace()  ? Reason::kDiskFull
                                              : Reason::kStorageFailed;
  return MakeError(reason, "The database failed: " + status.ToString());
}

// Kind, column family and lengths of a write in a batch.
constexpr size_t kBytesAroundWrite = 8;

// Nothing where a row wasn't found.
absl::StatusOr<std::optional<std::string>> ToValue(const rocksdb::Status& status,
                                                   const PinnableSlice& value) {
  if (status.IsNotFound()) return std::nullopt;
  COMPTOIR_RETURN_IF_ERROR(ToStatus(status));
  return value.ToString();
}

// Reads a snapshot, or the last commit if there is none.
class RocksReader : public Reader {
 public:
  RocksReader(rocksdb::DB& database, const Handles& tables, const rocksdb::Snapshot* snapshot)
      : database_(database), tables_(tables), snapshot_(snapshot) {}
  ~RocksReader() override {
    if (snapshot_ != nullptr) database_.ReleaseSnapshot(snapshot_);
  }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    PinnableSlice value;
    const auto status = database_.Get(Options(), Handle(table), ToSlice(key), &value);
    return ToValue(status, value);
  }

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override {
    const std::vector<Slice> slices(keys.begin(), keys.end());
    std::vector<PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_.MultiGet(Options(), Handle(table), slices.size(), slices.data(), values.data(),
                       statuses.data(), std::is_sorted(keys.begin(), keys.end()));
    std::vector<std::optional<std::string>> result(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      COMPTOIR_ASSIGN_OR_RETURN(result[i], ToValue(statuses[i], values[i]));
    }
    return result;
  }

  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    if (range.rows_max == 0 || (!range.end.empty() && range.end <= range.begin)) {
      return absl::OkStatus();
    }
    // The bounds keep the engine from walking over deleted rows beyond them, too.
    const Slice begin = ToSlice(range.begin);
    const Slice end = ToSlice(range.end);
    ReadOptions options = Options();
    options.iterate_lower_bound = &begin;
    if (!range.end.empty()) options.iterate_upper_bound = &end;
    const std::unique_ptr<rocksdb::Iterator> row(database_.NewIterator(options, Handle(table)));

    if (range.reverse) {
      row->SeekToLast();
    } else {
      row->Seek(begin);
    }
    for (size_t left = range.rows_max; left > 0 && row->Valid(); --left) {
      if (!visit(ToView(row->key()), ToView(row->value()))) break;
      if (left > 1) range.reverse ? row->Prev() : row->Next();
    }
    return ToStatus(row->status());
  }

 private:
  ReadOptions Options() const {
    ReadOptions options;
    options.snapshot = snapshot_;
    return options;
  }
  ColumnFamilyHandle* Handle(Table table) const { return tables_[static_cast<size_t>(table)]; }

  // Constant after construction.
  rocksdb::DB& database_;
  const Handles& tables_;
  const rocksdb::Snapshot* const snapshot_;
};

class RocksDatabase : public Database, public Scrubbable {
 public:
  // `handles` are those of all column families there are, `tables` ours among them.
  RocksDatabase(std::unique_ptr<rocksdb::DB> database, std::vector<ColumnFamilyHandle*> handles,
                const Handles& tables, std::string path, rocksdb::Env& env)
      : path_(std::move(path)),
        env_(env),
        database_(std::move(database)),
        handles_(std::move(handles)),
        tables_(tables),
        latest_(*database_, tables_, nullptr) {}

  ~RocksDatabase() override {
    for (ColumnFamilyHandle* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
  }

  std::unique_ptr<Reader> NewReader() const override {
    return std::make_unique<RocksReader>(*database_, tables_, database_->GetSnapshot());
  }

  const Reader& latest() const override { return latest_; }

  std::unique_ptr<Transaction> NewTransaction() override {
    return std::make_unique<OverlayTransaction>(latest_);
  }

  absl::Status Commit(Transaction& transaction) override {
    auto& own = static_cast<OverlayTransaction&>(transaction);
    if (own.write_count() == 0) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(rocksdb::WriteBatch batch, BatchOf(own));
    rocksdb::WriteOptions options;
    options.sync = true;
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->Write(options, &batch)));
    own.Clear();
    return absl::OkStatus();
  }

  absl::Status Scrub() override {
    const uint64_t sequence = database_->GetLatestSequenceNumber();
    std::unique_ptr<rocksdb::LogFile> log;
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->GetCurrentWalFile(&log)));
    // What is only in the log comes into tables, so that a new log begins.
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->Flush(rocksdb::FlushOptions(), handles_)));
    COMPTOIR_RETURN_IF_ERROR(CheckNoOlderSnapshot(sequence));
    // All tables are written anew, without what is deleted, beside the usual work.
    rocksdb::CompactRangeOptions compact;
    compact.exclusive_manual_compaction = false;
    compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (ColumnFamilyHandle* handle : handles_) {
      COMPTOIR_RETURN_IF_ERROR(
          ToStatus(database_->CompactRange(compact, handle, nullptr, nullptr)));
    }
    COMPTOIR_RETURN_IF_ERROR(DescribeAnew());
    return CheckFilesGone(log->LogNumber());
  }

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
      ColumnFamilyHandle* const handle = tables_[static_cast<size_t>(table)];
      for (const auto& [key, value] : transaction.writes()[static_cast<size_t>(table)]) {
        COMPTOIR_RETURN_IF_ERROR(ToStatus(value.has_value() ? batch.Put(handle, key, *value)
                                                            : batch.Delete(handle, key)));
      }
    }
    return batch;
  }

  // A snapshot that was taken before keeps what it sees, in spite of all compaction.
  absl::Status CheckNoOlderSnapshot(uint64_t sequence) const {
    uint64_t oldest = 0;
    database_->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
    if (oldest == 0 || oldest >= sequence) return absl::OkStatus();
    return MakeError(Reason::kOverloaded, "A reader still sees what was deleted.");
  }

  // The description of the tables names their first and last keys, also of tables that are gone. It
  // begins anew with each change (see DatabaseOptions), with what was there before that change: so
  // one more change, in the one column family that isn't ours.
  absl::Status DescribeAnew() {
    rocksdb::WriteOptions options;
    options.sync = true;
    ColumnFamilyHandle* own = database_->DefaultColumnFamily();
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->Put(options, own, "scrubbed", "")));
    return ToStatus(database_->Flush(rocksdb::FlushOptions(), own));
  }

  // The engine removes files when nobody reads them any more; only that they are gone counts. The
  // logs are those up to `last_log`.
  absl::Status CheckFilesGone(uint64_t last_log) const {
    // It looks into the folder for files that a loss of power left behind when deletions begin.
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->DisableFileDeletions()));
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database_->EnableFileDeletions(/*force=*/true)));
    std::vector<std::string> live;
    uint64_t manifest_bytes = 0;
    COMPTOIR_RETURN_IF_ERROR(
        ToStatus(database_->GetLiveFiles(live, &manifest_bytes, /*flush_memtable=*/false)));
    std::vector<std::string> files;
    COMPTOIR_RETURN_IF_ERROR(ToStatus(env_.GetChildren(path_, &files)));
    for (const std::string& file : files) {
      uint64_t log = 0;
      const bool old_log = file.ends_with(".log") &&
                           absl::SimpleAtoi(file.substr(0, file.size() - 4), &log) &&
                           log <= last_log;
      const bool old_table = (file.ends_with(".sst") || file.starts_with("MANIFEST-")) &&
                             std::find(live.begin(), live.end(), "/" + file) == live.end();
      if (old_log || old_table) {
        return MakeError(Reason::kOverloaded, "A file with what was deleted is still in use.",
                         {{"file", file}});
      }
    }
    return absl::OkStatus();
  }

  // Constant after construction.
  const std::string path_;
  rocksdb::Env& env_;
  const std::unique_ptr<rocksdb::DB> database_;
  const std::vector<ColumnFamilyHandle*> handles_;
  const Handles tables_;
  const RocksReader latest_;
};

// Creates the folder with its parents, durably.
absl::Status CreateFolder(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> missing;
  for (std::filesystem::path folder = std::filesystem::absolute(path).lexically_normal();
       !env.FileExists(folder).ok() && folder != folder.parent_path();
       folder = folder.parent_path()) {
    missing.push_back(folder);
  }
  for (; !missing.empty(); missing.pop_back()) {
    COMPTOIR_RETURN_IF_ERROR(ToStatus(env.CreateDirIfMissing(missing.back())));
    std::unique_ptr<rocksdb::Directory> parent;
    COMPTOIR_RETURN_IF_ERROR(
        ToStatus(env.NewDirectory(std::filesystem::path(missing.back()).parent_path(), &parent)));
    COMPTOIR_RETURN_IF_ERROR(ToStatus(parent->Fsync()));
  }
  return absl::OkStatus();
}

// What to tell the operator when `path` cannot be opened.
absl::Status OpenError(const std::string& path, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  const bool locked = status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                                             text.find("lock hold by") != std::string::npos);
  if (locked) {
    return MakeError(Reason::kStorageFailed,
                     "The database folder " + path + " is in use by another process.",
                     {{"path", path}});
  }
  return MakeError(status.IsCorruption() ? Reason::kStorageCorrupt : Reason::kStorageFailed,
                   "The database in folder " + path + " cannot be opened: " + text,
                   {{"path", path}});
}

// All column families to open: those there are, also a newer version's (the schema version will
// tell), and our tables.
std::vector<std::string> ColumnFamilyNames(const rocksdb::DBOptions& options,
                                           const std::string& path) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, path, &names).ok()) {
    // A new database; if there is more to it, opening will tell.
    names = {rocksdb::kDefaultColumnFamilyName};
  }
  for (const Table table : kAllTables) {
    const std::string name(TableName(table));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenRocksDatabase(const RocksOptions& options) {
  const rocksdb::DBOptions database_options = DatabaseOptions(options);
  if (const absl::Status status = CreateFolder(*database_options.env, options.path); !status.ok()) {
    return MakeError(Reason::kStorageFailed,
                     "The database folder " + options.path +
                         " cannot be created: " + std::string(status.message()),
                     {{"path", options.path}});
  }

  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  const rocksdb::ColumnFamilyOptions table_options = TableOptions(options);
  for (const std::string& name : ColumnFamilyNames(database_options, options.path)) {
    descriptors.emplace_back(name, table_options);
  }
  std::vector<ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(database_options, options.path, descriptors, &handles, &opened);
  if (!status.ok()) return OpenError(options.path, status);

  Handles tables{};
  for (const Table table : kAllTables) {
    const auto handle = std::find_if(handles.begin(), handles.end(), [table](const auto* handle) {
      return handle->GetName() == TableName(table);
    });
    COMPTOIR_CHECK(handle != handles.end());
    tables[static_cast<size_t>(table)] = *handle;
  }
  return std::make_unique<RocksDatabase>(std::unique_ptr<rocksdb::DB>(opened), std::move(handles),
                                         tables, options.path, *database_options.env);
}

}  // namespace comptoir
