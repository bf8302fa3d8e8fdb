// What RocksDB keeps the rows in that aren't in files yet, in place of its skip list: they are
// hashed as they come, and sorted some thousands at once, or when somebody scans them. To put a row
// into a skip list is to compare it with a few dozen others all over memory; and most of our rows
// are read by key, or never before they are in a file.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_MEMTABLE_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_MEMTABLE_H_

#include <memory>

#include "rocksdb/memtablerep.h"

namespace comptoir {

// For column families in the order of bytes, which one thread at a time writes to
// (DBOptions::allow_concurrent_memtable_write is to be false), in the order of sequences: without
// experimental_mempurge_threshold. An iterator sees what was there when it was made: not for
// ReadOptions::tailing, or Iterator::Refresh().
std::shared_ptr<rocksdb::MemTableRepFactory> NewHashedMemtables();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_MEMTABLE_H_
