#include "common/storage/message_fields.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace comptoir {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr size_t kVarintBytesMax = 10;

void AppendHead(int id, WireFormatLite::WireType type, uint64_t number, std::string& message) {
  uint8_t head[2 * kVarintBytesMax];
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(WireFormatLite::MakeTag(id, type), head);
  end = CodedOutputStream::WriteVarint64ToArray(number, end);
  message.append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
}

}  // namespace

bool VisitFields(std::string_view message, absl::FunctionRef<bool(const MessageField&)> visit) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(message.data()),
                         static_cast<int>(message.size()));
  while (const uint32_t tag = input.ReadTag()) {
    MessageField field = {.id = WireFormatLite::GetTagFieldNumber(tag)};
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        if (!input.ReadVarint64(&field.number)) return false;
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t size = 0;
        if (!input.ReadVarint32(&size)) return false;
        const auto begin = static_cast<size_t>(input.CurrentPosition());
        if (!input.Skip(static_cast<int>(size))) return false;
        field.bytes = message.substr(begin, size);
        break;
      }
      default:
        if (!WireFormatLite::SkipField(&input, tag)) return false;
    }
    if (!visit(field)) return false;
  }
  return input.ConsumedEntireMessage();
}

void AppendField(int id, uint64_t number, std::string& message) {
  AppendHead(id, WireFormatLite::WIRETYPE_VARINT, number, message);
}

void AppendField(int id, std::string_view bytes, std::string& message) {
  AppendFieldHead(id, bytes.size(), message);
  message.append(bytes);
}

void AppendFieldHead(int id, size_t bytes, std::string& message) {
  AppendHead(id, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, bytes, message);
}

}  // namespace comptoir
