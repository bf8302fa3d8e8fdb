#include "common/storage/rocks_tuning.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/storage/rocks_memtable.h"
#include "common/storage/rocks_reader.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"

namespace comptoir {
namespace {

rocksdb::BlockBasedTableOptions BlocksIn(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  // Of a block that isn't cached, one row is wanted most often: small ones are unpacked sooner.
  blocks.block_size = 4 << 10;
  // Indexes and filters count as cache, so that memory has one bound; those of young files stay.
  blocks.cache_index_and_filter_blocks = true;
  blocks.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  // Most point reads ask for what isn't there: is this id new?
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  return blocks;
}

rocksdb::ColumnFamilyOptions OptionsWith(const rocksdb::BlockBasedTableOptions& blocks,
                                         const RocksOptions& options) {
  rocksdb::ColumnFamilyOptions result;
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  result.write_buffer_size = options.write_buffer_bytes;
  result.memtable_factory = NewHashedMemtables();
  result.compression_per_level = {kYoungFileCompression, rocksdb::kLZ4Compression};
  result.level0_file_num_compaction_trigger = kYoungFilesMax;
  result.level_compaction_dynamic_level_bytes = true;
  return result;
}

// What a key says up to the first string in it (see key_codec.h), without the end of it: the scan
// of PrefixRange() of a key up to its string, with the end, is within one such value.
class ValueOfKey : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "comptoir.ValueOfKey"; }
  bool InDomain(const rocksdb::Slice& key) const override { return SizeOf(key).has_value(); }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), SizeOf(key).value_or(key.size())};
  }

 private:
  // Nothing if there is no string. The end of a range counts as well as the end of a string: in
  // order, they enclose all keys of the value and no other.
  static std::optional<size_t> SizeOf(const rocksdb::Slice& key) {
    constexpr char kEnd = '\1';
    constexpr char kAfterEnd = '\2';
    const std::string_view bytes = ToView(key);
    size_t at = bytes.find('\0');
    while (at != std::string_view::npos && at + 1 < bytes.size()) {
      if (bytes[at + 1] == kEnd || bytes[at + 1] == kAfterEnd) return at;
      at = bytes.find('\0', at + 1);
    }
    return std::nullopt;
  }
};

}  // namespace

rocksdb::DBOptions DatabaseOptions(const RocksOptions& options) {
  rocksdb::DBOptions result;
  result.create_if_missing = true;
  result.create_missing_column_families = true;
  if (options.env != nullptr) result.env = options.env;

  // After a loss of power the log may end in a torn record that nobody was told of: replay ends
  // before it. Damage further up would end it there too; then peers find positions that this
  // database never gave (see epochs.h).
  result.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Logs aren't recycled, though that syncs faster: they would keep what was deleted. Zeros do as
  // well (rocks_zeroed_log.h).
  result.recycle_log_file_num = 0;

  // One thread writes at a time, and our memtables are made for that.
  result.allow_concurrent_memtable_write = false;
  result.db_write_buffer_size = options.write_buffer_bytes;
  result.max_total_wal_size = 2 * options.write_buffer_bytes;
  // Each flush and each compaction begins a new description of the tables, which is small: one that
  // grew would keep keys of rows that were deleted (see Scrub).
  result.max_manifest_file_size = 1;
  result.max_open_files = 512;
  result.max_background_jobs = 2;
  result.bytes_per_sync = 1 << 20;

  // The engine's own LOG, and no statistics by timer: idle means idle.
  result.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  result.max_log_file_size = 1 << 20;
  result.keep_log_file_num = 2;
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  return result;
}

std::shared_ptr<rocksdb::Cache> NewBlockCache(const RocksOptions& options) {
  // The index of a large file takes a megabyte or more: the many small shards that are usual would
  // never keep it.
  constexpr int kShardBits = 2;
  return rocksdb::NewLRUCache(options.block_cache_bytes, kShardBits);
}

rocksdb::ColumnFamilyOptions TableOptions(const RocksOptions& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  return OptionsWith(BlocksIn(cache), options);
}

rocksdb::ColumnFamilyOptions IndexOptions(const RocksOptions& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions blocks = BlocksIn(cache);
  // Rows are looked for by what they begin with: filters of whole keys, which would fill half of
  // the cache, would help nobody.
  blocks.whole_key_filtering = false;
  rocksdb::ColumnFamilyOptions result = OptionsWith(blocks, options);
  result.prefix_extractor = std::make_shared<ValueOfKey>();
  // What is looked for by its whole value is mostly there.
  result.optimize_filters_for_hits = true;
  // Young files are merged with those of about their size. By levels each merge would write all of
  // the last level anew, for every value is everywhere; and then once more, as the youngest file is
  // newer than the last snapshot when it causes the merge.
  result.compaction_style = rocksdb::kCompactionStyleUniversal;
  // It has nothing in the engine's memory, see rocks_index_table.h.
  result.memtable_factory = std::make_shared<rocksdb::SkipListFactory>();
  return result;
}

}  // namespace comptoir
