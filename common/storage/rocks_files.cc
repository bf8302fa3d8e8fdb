#include "common/storage/rocks_files.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/rocks_tuning.h"
#include "common/storage/rocks_zeroed_log.h"
#include "rocksdb/env.h"

namespace comptoir {
namespace {

using rocksdb::ColumnFamilyHandle;

constexpr char kIndexLogName[] = "IndexLog";

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
  std::vector<std::string> ours = {kIndexLogName};
  for (const Table table : kAllTables) ours.emplace_back(TableName(table));
  for (const std::string& name : ours) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

ColumnFamilyHandle* Named(const std::vector<ColumnFamilyHandle*>& families, std::string_view name) {
  const auto found = std::find_if(families.begin(), families.end(),
                                  [name](const auto* each) { return each->GetName() == name; });
  COMPTOIR_CHECK(found != families.end());
  return *found;
}

}  // namespace

void ReplacedFilesListener::Tell(std::function<void()> replaced) {
  MutexLock lock(mutex_);
  replaced_ = std::move(replaced);
}

void ReplacedFilesListener::Replaced() {
  MutexLock lock(mutex_);
  if (replaced_ != nullptr) replaced_();
}

absl::StatusOr<RocksFiles> OpenRocksFiles(const RocksOptions& options) {
  rocksdb::DBOptions database_options = DatabaseOptions(options);
  RocksFiles files;
  database_options.listeners.push_back(files.listener);
  files.env = NewEnvOfZeroedLogs(*database_options.env);
  database_options.env = files.env.get();
  if (const absl::Status status = CreateFolder(*database_options.env, options.path); !status.ok()) {
    return MakeError(Reason::kStorageFailed,
                     "The database folder " + options.path +
                         " cannot be created: " + std::string(status.message()),
                     {{"path", options.path}});
  }

  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  const auto cache = NewBlockCache(options);
  const rocksdb::ColumnFamilyOptions table_options = TableOptions(options, cache);
  const rocksdb::ColumnFamilyOptions index_options = IndexOptions(options, cache);
  for (const std::string& name : ColumnFamilyNames(database_options, options.path)) {
    const bool is_index = name == TableName(Table::kIndex);
    descriptors.emplace_back(name, is_index ? index_options : table_options);
  }
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(database_options, options.path, descriptors, &files.families, &opened);
  if (!status.ok()) return OpenError(options.path, status);
  files.database.reset(opened);
  for (const Table table : kAllTables) {
    files.tables[static_cast<size_t>(table)] = Named(files.families, TableName(table));
  }
  files.index_log = Named(files.families, kIndexLogName);
  return files;
}

}  // namespace comptoir
