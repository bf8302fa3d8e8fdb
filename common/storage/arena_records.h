// Records parsed in an arena: where many are looked at and let go together.

#ifndef COMPTOIR_COMMON_STORAGE_ARENA_RECORDS_H_
#define COMPTOIR_COMMON_STORAGE_ARENA_RECORDS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "google/protobuf/arena.h"

namespace comptoir {

// As ParseRecord(); the record lives as long as the arena.
template <typename Record>
absl::StatusOr<Record*> ParseRecordIn(google::protobuf::Arena& arena, std::string_view bytes) {
  auto* const record = google::protobuf::Arena::CreateMessage<Record>(&arena);
  if (record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return record;
  return MakeError(Reason::kStorageCorrupt, "A record doesn't parse.",
                   {{"type", Record::descriptor()->full_name()}});
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_ARENA_RECORDS_H_
