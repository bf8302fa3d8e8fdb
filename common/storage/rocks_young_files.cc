#include "common/storage/rocks_young_files.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/storage/rocks_tuning.h"

namespace comptoir {
namespace {

// With which a table is as good as tidy.
constexpr size_t kTidyFiles = 1;

// What is left then is still more than the reserve of a committer.
constexpr uint64_t kFreeBytesMin = 256 << 20;

}  // namespace

void RocksYoungFiles::BeginMany() {
  MutexLock lock(mutex_);
  many_ = true;
  for (const Table table : kAllTables) {
    bool& limited = limited_[static_cast<size_t>(table)];
    if (!limited) continue;
    const absl::Status status = Limit(table, kYoungFilesMax);
    limited = !status.ok();
    refusal_.Update(status);
  }
}

absl::Status RocksYoungFiles::MergeIfFew(uint64_t free_bytes) {
  MutexLock lock(mutex_);
  if (many_) {
    many_ = false;
    return std::exchange(refusal_, absl::OkStatus());
  }
  if (free_bytes < Bytes() + kFreeBytesMin) return absl::OkStatus();
  for (const Table table : kAllTables) {
    bool& limited = limited_[static_cast<size_t>(table)];
    if (limited || Count(table) <= kTidyFiles) continue;
    COMPTOIR_RETURN_IF_ERROR(Limit(table, kTidyFiles + 1));
    limited = true;
  }
  return absl::OkStatus();
}

size_t RocksYoungFiles::count() const {
  size_t files = 0;
  for (const Table table : kAllTables) {
    if (const size_t of_table = Count(table); of_table > kTidyFiles) files += of_table - kTidyFiles;
  }
  return files;
}

absl::Status RocksYoungFiles::Limit(Table table, int files_max) {
  return ToStatus(
      database_.SetOptions(tables_[static_cast<size_t>(table)],
                           {{"level0_file_num_compaction_trigger", std::to_string(files_max)}}));
}

size_t RocksYoungFiles::Count(Table table) const {
  std::string text;
  size_t files = 0;
  database_.GetProperty(tables_[static_cast<size_t>(table)],
                        rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &text);
  return absl::SimpleAtoi(text, &files) ? files : 0;
}

uint64_t RocksYoungFiles::Bytes() const {
  uint64_t sum = 0;
  for (rocksdb::ColumnFamilyHandle* const table : tables_) {
    uint64_t bytes = 0;
    if (database_.GetIntProperty(table, rocksdb::DB::Properties::kLiveSstFilesSize, &bytes)) {
      sum += bytes;
    }
  }
  return sum;
}

}  // namespace comptoir
