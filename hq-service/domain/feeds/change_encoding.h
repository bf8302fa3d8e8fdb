// Batches of changes as they travel, encoded field by field: a record's stored bytes are copied
// once and never parsed. What this writes reads as comptoir.hq.v1.ChangeBatch.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CHANGE_ENCODING_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CHANGE_ENCODING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir::hq {

// What is told of one record. Views.
struct ToldRecord {
  // In table records: begins with its kind.
  std::string_view key;
  uint64_t version = 0;
  // Nothing: its removal.
  std::optional<std::string_view> record;
};

// Appends one of the batch's changes. `membership` is encoded.
void AppendChange(uint64_t sequence, std::string_view membership, const ToldRecord& told,
                  std::string& batch);
void AppendChange(const replication::v1::Change& change, std::string& batch);

// Appends what follows the changes.
void AppendCursor(const replication::v1::Cursor& cursor, std::string& batch);
void AppendHighWatermark(const replication::v1::Position& position, std::string& batch);

// What comes before `batch_bytes` of a batch to make a SubscribeResponse of them: the batch's
// number and, if it isn't among them, the cursor of the reader's own book.
std::string EncodeBatchHead(uint64_t number, const replication::v1::Cursor* own,
                            size_t batch_bytes);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CHANGE_ENCODING_H_
