// Where the database's log is written to, zeros are on disk already. To overwrite blocks takes one
// write; to lengthen a file takes others after it, which say where its blocks are, and a sync waits
// for all. At the end of a log the engine reads zeros as no records.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_ZEROED_LOG_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_ZEROED_LOG_H_

#include <cstddef>
#include <memory>

#include "rocksdb/env.h"

namespace comptoir {

// A log is this much longer than what is in it, as long as it is open.
inline constexpr size_t kLogZeroedBytes = 256 << 10;
// A write that is longer waits for its bytes rather than for the file: no zeros for it.
inline constexpr size_t kLogZeroedWriteMax = 32 << 10;

// As `env`, which it borrows, but for the logs.
std::unique_ptr<rocksdb::Env> NewEnvOfZeroedLogs(rocksdb::Env& env);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_ZEROED_LOG_H_
