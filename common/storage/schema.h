// The version of what a database holds. An older one is migrated, a newer one refused.

#ifndef COMPTOIR_COMMON_STORAGE_SCHEMA_H_
#define COMPTOIR_COMMON_STORAGE_SCHEMA_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "common/storage/database.h"

namespace comptoir {

// 2: rows of the index may be in a log of its own, which a program of version 1 wouldn't read.
inline constexpr uint32_t kSchemaVersion = 2;

// Writes the version and the owner ("hq-service" or "channel-service") into an empty database;
// checks both otherwise. A newer version is SCHEMA_TOO_NEW with one clear line; the database of the
// other service is STORAGE_CORRUPT, with both owners named.
absl::Status OpenSchema(Database& database, std::string_view owner);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_SCHEMA_H_
