// Scrub for the files of a RocksDatabase: see scrub.h.

#ifndef COMPTOIR_COMMON_STORAGE_ROCKS_SCRUB_H_
#define COMPTOIR_COMMON_STORAGE_ROCKS_SCRUB_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/storage/rocks_files.h"
#include "rocksdb/env.h"

namespace comptoir {

// What was deleted up to the engine's `sequence` goes. `folder` is that of the files.
absl::Status ScrubFiles(const RocksFiles& files, rocksdb::Env& env, const std::string& folder,
                        uint64_t sequence);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ROCKS_SCRUB_H_
