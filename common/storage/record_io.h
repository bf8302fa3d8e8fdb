// Records as bytes, and rows as records: what every reader of a table does, in one place.

#ifndef COMPTOIR_COMMON_STORAGE_RECORD_IO_H_
#define COMPTOIR_COMMON_STORAGE_RECORD_IO_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
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

// The record under `key`, if there is one.
template <typename Record>
absl::StatusOr<std::optional<Record>> ReadRecord(const Reader& reader, Table table,
                                                 std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, reader.Get(table, key));
  if (!bytes.has_value()) return std::optional<Record>();
  COMPTOIR_ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(*bytes));
  return std::optional<Record>(std::move(record));
}

// The record under `key`, an empty one if there is none.
template <typename Record>
absl::StatusOr<Record> ReadRecordOrEmpty(const Reader& reader, Table table, std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<Record> record, ReadRecord<Record>(reader, table, key));
  return std::move(record).value_or(Record());
}

void PutRecord(Transaction& transaction, Table table, std::string_view key,
               const google::protobuf::MessageLite& message);

// Reader::Scan() with visitors that may fail: visits rows until `visit` returns false or an error,
// which is returned. The views are valid during the visit only.
absl::Status ScanRows(
    const Reader& reader, Table table, const KeyRange& range,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> visit);

// ScanRows() of tables whose keys say it all.
absl::Status ScanKeys(const Reader& reader, Table table, const KeyRange& range,
                      absl::FunctionRef<absl::StatusOr<bool>(std::string_view key)> visit);

// ScanRows() of parsed records; a row that doesn't parse ends it with an error.
template <typename Record>
absl::Status ScanRecords(
    const Reader& reader, Table table, const KeyRange& range,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, Record record)> visit) {
  return ScanRows(reader, table, range,
                  [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                    COMPTOIR_ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(value));
                    return visit(key, std::move(record));
                  });
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_RECORD_IO_H_
