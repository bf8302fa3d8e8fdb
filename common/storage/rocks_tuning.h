// How RocksDB is set up for us: what is durable, what a deletion leaves, what memory is for.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_

#include <memory>

#include "common/storage/rocks_database.h"
#include "rocksdb/cache.h"
#include "rocksdb/options.h"

namespace comptoir {

// A table has so many young files while much is written: keys are random, so to merge them is to
// write nearly all of the table anew; twice as many at once take half the processor time, and
// filters keep point reads from most of them. See rocks_young_files.h.
inline constexpr int kYoungFilesMax = 8;
// They are merged soon, mostly before they are read: to pack them as well is processor time that a
// burst of creates lacks. What was merged is packed.
inline constexpr rocksdb::CompressionType kYoungFileCompression = rocksdb::kNoCompression;

rocksdb::DBOptions DatabaseOptions(const RocksOptions& options);

// What all tables share.
std::shared_ptr<rocksdb::Cache> NewBlockCache(const RocksOptions& options);
// Of each of our tables but kIndex.
rocksdb::ColumnFamilyOptions TableOptions(const RocksOptions& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache);
// Of table kIndex. Its files know by a filter what values they hold, not what keys: whoever scans
// all keys of one value passes over those without it.
rocksdb::ColumnFamilyOptions IndexOptions(const RocksOptions& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_
