// Records as bytes.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORD_IO_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORD_IO_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/storage/database.h"
#include "google/protobuf/message.h"

namespace comptoir {

// The same bytes for equal messages, maps included.
std::string SerializeDeterministically(const google::protobuf::MessageLite& message);

template <typename Record>
absl::StatusOr<Record> ParseRecord(std::string_view bytes) {
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MakeError(Reason::kStorageCorrupt, "A record doesn't parse.",
                     {{"type", Record::descriptor()->full_name()}});
  }
  return record;
}

// The record under `key` of table records, if there is one.
template <typename Record>
absl::StatusOr<std::optional<Record>> ReadRecord(const Reader& reader, std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                            reader.Get(Table::kRecords, key));
  if (!bytes.has_value()) return std::optional<Record>();
  COMPTOIR_ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(*bytes));
  return std::optional<Record>(std::move(record));
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORD_IO_H_
