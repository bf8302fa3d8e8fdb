// Keys of table meta that belong to storage itself. The services have theirs in the same table:
// HQ's start with "hq/", a channel service's with "channel" or the name of what it keeps.

#ifndef COMPTOIR_COMMON_STORAGE_META_KEYS_H_
#define COMPTOIR_COMMON_STORAGE_META_KEYS_H_

#include <string_view>

namespace comptoir::meta_keys {

// Schema version (Fixed32) and owner (Rest).
inline constexpr std::string_view kSchema = "schema";

// The last sequence given (Fixed64).
inline constexpr std::string_view kSequence = "sequence";

// Followed by the counter (Fixed64): one replication.v1.Epoch each.
inline constexpr std::string_view kEpochPrefix = "epoch/";

}  // namespace comptoir::meta_keys

#endif  // COMPTOIR_COMMON_STORAGE_META_KEYS_H_
