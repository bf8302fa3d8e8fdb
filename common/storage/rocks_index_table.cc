#include "common/storage/rocks_index_table.h"

#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/rocks_reader.h"
#include "common/storage/rocks_tuning.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_writer.h"

namespace comptoir {

absl::Status RocksIndexTable::Open() {
  // A crash left it behind.
  COMPTOIR_RETURN_IF_ERROR(RemoveNewFile());
  // Nobody reads the log again.
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> row(database_.NewIterator(once, &log_));
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const auto number = KeyReader(ToView(row->key())).Fixed64();
    if (!number.has_value()) {
      return MakeError(Reason::kStorageCorrupt, "A key of the log of the index cannot be read.");
    }
    COMPTOIR_ASSIGN_OR_RETURN(auto run, SortedRun::Parse(row->value().ToString()));
    last_in_log_ = *number;
    Add(std::move(run));
  }
  return ToStatus(row->status());
}

absl::Status RocksIndexTable::RemoveNewFile() const {
  if (env_.FileExists(new_file_).IsNotFound()) return absl::OkStatus();
  return ToStatus(env_.DeleteFile(new_file_));
}

std::shared_ptr<const SortedRun> RocksIndexTable::Log(const OverlayTransaction::TableWrites& writes,
                                                      rocksdb::WriteBatch& batch) {
  if (writes.empty()) return nullptr;
  SortedRun::Builder builder;
  for (const OverlayWrite& write : writes) builder.Add(write.key(), write.value());
  auto run = builder.Build();
  const std::string number = KeyWriter().Fixed64(++last_in_log_).key();
  COMPTOIR_CHECK(batch.Put(&log_, number, run->encoded()).ok());
  return run;
}

void RocksIndexTable::Add(std::shared_ptr<const SortedRun> run) {
  bytes_ += run->bytes();
  AddRun(fresh_, std::move(run));
}

SortedRuns RocksIndexTable::Runs() const {
  SortedRuns runs = frozen_;
  runs.insert(runs.end(), fresh_.begin(), fresh_.end());
  return runs;
}

RocksIndexTable::Frozen RocksIndexTable::Freeze() {
  COMPTOIR_CHECK(frozen_.empty());
  frozen_ = std::exchange(fresh_, {});
  bytes_ = 0;
  return {.runs = frozen_, .last_in_log = last_in_log_};
}

absl::Status RocksIndexTable::WriteFile(const Frozen& frozen) const {
  if (frozen.runs.empty()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(RemoveNewFile());
  rocksdb::Options options = database_.GetOptions(&table_);
  // Such a writer would take what the oldest level has.
  options.compression = kYoungFileCompression;
  options.compression_per_level.clear();
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options, &table_);
  COMPTOIR_RETURN_IF_ERROR(ToStatus(writer.Open(new_file_)));
  for (RunsCursor rows(frozen.runs, KeyRange()); !rows.AtEnd(); rows.Advance()) {
    const WrittenRow row = rows.Current();
    COMPTOIR_RETURN_IF_ERROR(ToStatus(row.deleted
                                          ? writer.Delete(ToSlice(row.key))
                                          : writer.Put(ToSlice(row.key), ToSlice(row.value))));
  }
  COMPTOIR_RETURN_IF_ERROR(ToStatus(writer.Finish()));
  rocksdb::IngestExternalFileOptions ingest;
  ingest.move_files = true;
  ingest.write_global_seqno = false;
  COMPTOIR_RETURN_IF_ERROR(ToStatus(database_.IngestExternalFile(&table_, {new_file_}, ingest)));
  // The engine's file may be the same one under another name: whoever wrote to it would write
  // there.
  return RemoveNewFile();
}

void RocksIndexTable::DropFrozen(const Frozen& frozen) {
  frozen_.clear();
  filed_in_log_ = frozen.last_in_log;
}

void RocksIndexTable::ShortenLog(rocksdb::WriteBatch& batch) {
  if (filed_in_log_ == 0) return;
  COMPTOIR_CHECK(batch
                     .DeleteRange(&log_, KeyWriter().Fixed64(0).key(),
                                  KeyWriter().Fixed64(filed_in_log_ + 1).key())
                     .ok());
  filed_in_log_ = 0;
}

}  // namespace comptoir
