// Keys of the outbox and its index; see outbox.h.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_KEYS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_KEYS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir::channel {

// Table outbox: an operation of the present lineage; those put back sort after all of them.
std::string OwnKey(uint64_t sequence);
std::string PutBackPrefix();
std::string PutBackKey(uint64_t lineage, uint64_t sequence);
bool IsPutBack(std::string_view outbox_key);

// Table index.
std::string CustomerIndexKey(std::string_view customer_id, std::string_view outbox_key);
std::string MarkedKey(uint64_t sequence);
// Sequences of marked operations, at most `sequence`, in order.
absl::StatusOr<std::vector<uint64_t>> MarkedUpTo(const Reader& reader, uint64_t sequence);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_OUTBOX_OUTBOX_KEYS_H_
