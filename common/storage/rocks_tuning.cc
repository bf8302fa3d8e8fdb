#include "common/storage/rocks_tuning.h"

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace comptoir {

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

rocksdb::ColumnFamilyOptions TableOptions(const RocksOptions& options) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  // Of a block that isn't cached, one row is wanted most often: small ones are unpacked sooner.
  blocks.block_size = 4 << 10;
  // Indexes and filters count as cache, so that memory has one bound; those of young files stay.
  blocks.cache_index_and_filter_blocks = true;
  blocks.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  // Most point reads ask for what isn't there: is this id new?
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions result;
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  result.write_buffer_size = options.write_buffer_bytes;
  result.memtable_prefix_bloom_size_ratio = 0.02;
  result.memtable_whole_key_filtering = true;
  result.compression = rocksdb::kLZ4Compression;
  // Keys are random, so a merge of young files writes nearly all of the table anew: twice as many
  // at once take half the processor time, and filters keep point reads from most of them.
  result.level0_file_num_compaction_trigger = 8;
  result.level_compaction_dynamic_level_bytes = true;
  return result;
}

}  // namespace comptoir
