#include "channel-service/domain/outbox/outbox_keys.h"

#include <limits>

#include "channel-service/domain/outbox/outbox.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

// No outbox ever gives this sequence.
constexpr uint64_t kPutBack = std::numeric_limits<uint64_t>::max();

uint8_t TagByte(OutboxIndexTag tag) { return static_cast<uint8_t>(tag); }

}  // namespace

std::string OwnKey(uint64_t sequence) { return KeyWriter().Fixed64(sequence).key(); }

std::string PutBackPrefix() { return KeyWriter().Fixed64(kPutBack).key(); }

std::string PutBackKey(uint64_t lineage, uint64_t sequence) {
  return KeyWriter().Fixed64(kPutBack).Fixed64(lineage).Fixed64(sequence).key();
}

bool IsPutBack(std::string_view outbox_key) { return outbox_key.starts_with(PutBackPrefix()); }

std::string CustomerIndexKey(std::string_view customer_id, std::string_view outbox_key) {
  return KeyWriter()
      .Byte(TagByte(OutboxIndexTag::kCustomer))
      .Rest(customer_id)
      .Rest(outbox_key)
      .key();
}

std::string MarkedKey(uint64_t sequence) {
  return KeyWriter().Byte(TagByte(OutboxIndexTag::kMarked)).Fixed64(sequence).key();
}

absl::StatusOr<std::vector<uint64_t>> MarkedUpTo(const Reader& reader, uint64_t sequence) {
  std::vector<uint64_t> sequences;
  const KeyRange range{.begin = MarkedKey(0),
                       .end = MarkedKey(sequence + 1),
                       .rows_max = std::numeric_limits<size_t>::max()};
  COMPTOIR_RETURN_IF_ERROR(
      ScanKeys(reader, Table::kIndex, range, [&](std::string_view key) -> absl::StatusOr<bool> {
        const auto marked = KeyReader(key.substr(1)).Fixed64();
        if (!marked.has_value()) {
          return MakeError(Reason::kStorageCorrupt, "The index of the outbox is corrupt.");
        }
        sequences.push_back(*marked);
        return true;
      }));
  return sequences;
}

}  // namespace comptoir::channel
