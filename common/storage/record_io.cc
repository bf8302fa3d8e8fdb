#include "common/storage/record_io.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace comptoir {

std::string SerializeDeterministically(const google::protobuf::MessageLite& message) {
  std::string bytes(message.ByteSizeLong(), '\0');
  google::protobuf::io::ArrayOutputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  // What it still buffers.
  coded.Trim();
  return bytes;
}

void PutRecord(Transaction& transaction, Table table, std::string_view key,
               const google::protobuf::MessageLite& message) {
  transaction.Put(table, key, SerializeDeterministically(message));
}

absl::Status ScanRows(
    const Reader& reader, Table table, const KeyRange& range,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> visit) {
  absl::Status status;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
        const absl::StatusOr<bool> more = visit(key, value);
        status = more.status();
        return more.ok() && *more;
      }));
  return status;
}

absl::Status ScanKeys(const Reader& reader, Table table, const KeyRange& range,
                      absl::FunctionRef<absl::StatusOr<bool>(std::string_view key)> visit) {
  return ScanRows(reader, table, range,
                  [&](std::string_view key, std::string_view) { return visit(key); });
}

}  // namespace comptoir
