#include "common/storage/rocks_scrub.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/storage/rocks_reader.h"
#include "rocksdb/db.h"
#include "rocksdb/transaction_log.h"

namespace comptoir {
namespace {

// A snapshot that was taken before keeps what it sees, in spite of all compaction.
absl::Status CheckNoOlderSnapshot(rocksdb::DB& database, uint64_t sequence) {
  uint64_t oldest = 0;
  database.GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
  if (oldest == 0 || oldest >= sequence) return absl::OkStatus();
  return MakeError(Reason::kOverloaded, "A reader still sees what was deleted.");
}

// The description of the tables names their first and last keys, also of tables that are gone. It
// begins anew with each change (see DatabaseOptions), with what was there before that change: so
// one more change, in the one column family that isn't ours.
absl::Status DescribeAnew(rocksdb::DB& database) {
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::ColumnFamilyHandle* own = database.DefaultColumnFamily();
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database.Put(options, own, "scrubbed", "")));
  return ToStatus(database.Flush(rocksdb::FlushOptions(), own));
}

// The engine removes files when nobody reads them any more; only that they are gone counts. The
// logs are those up to `last_log`.
absl::Status CheckFilesGone(rocksdb::DB& database, rocksdb::Env& env, const std::string& folder,
                            uint64_t last_log) {
  // It looks into the folder for files that a loss of power left behind when deletions begin.
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database.DisableFileDeletions()));
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database.EnableFileDeletions(/*force=*/true)));
  std::vector<std::string> live;
  uint64_t manifest_bytes = 0;
  COMPTOIR_RETURN_IF_ERROR(
      ToStatus(database.GetLiveFiles(live, &manifest_bytes, /*flush_memtable=*/false)));
  std::vector<std::string> files;
  COMPTOIR_RETURN_IF_ERROR(ToStatus(env.GetChildren(folder, &files)));
  for (const std::string& file : files) {
    uint64_t log = 0;
    const bool old_log = file.ends_with(".log") &&
                         absl::SimpleAtoi(file.substr(0, file.size() - 4), &log) && log <= last_log;
    const bool old_table = (file.ends_with(".sst") || file.starts_with("MANIFEST-")) &&
                           std::find(live.begin(), live.end(), "/" + file) == live.end();
    if (old_log || old_table) {
      return MakeError(Reason::kOverloaded, "A file with what was deleted is still in use.",
                       {{"file", file}});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ScrubFiles(const RocksFiles& files, rocksdb::Env& env, const std::string& folder,
                        uint64_t sequence) {
  rocksdb::DB& database = *files.database;
  std::unique_ptr<rocksdb::LogFile> log;
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database.GetCurrentWalFile(&log)));
  // What is only in the log comes into tables, so that a new log begins.
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database.Flush(rocksdb::FlushOptions(), files.families)));
  COMPTOIR_RETURN_IF_ERROR(CheckNoOlderSnapshot(database, sequence));
  // All tables are written anew, without what is deleted, beside the usual work.
  rocksdb::CompactRangeOptions compact;
  compact.exclusive_manual_compaction = false;
  compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (rocksdb::ColumnFamilyHandle* family : files.families) {
    COMPTOIR_RETURN_IF_ERROR(ToStatus(database.CompactRange(compact, family, nullptr, nullptr)));
  }
  COMPTOIR_RETURN_IF_ERROR(DescribeAnew(database));
  return CheckFilesGone(database, env, folder, log->LogNumber());
}

}  // namespace comptoir
