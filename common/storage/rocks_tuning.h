// How RocksDB is set up for us: what is durable, what a deletion leaves, what memory is for.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_

#include "common/storage/rocks_database.h"
#include "rocksdb/options.h"

namespace comptoir {

rocksdb::DBOptions DatabaseOptions(const RocksOptions& options);
// Of each of our tables.
rocksdb::ColumnFamilyOptions TableOptions(const RocksOptions& options);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_TUNING_H_
