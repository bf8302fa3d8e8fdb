#include "common/storage/message_fields.h"

#include <limits>

#include "google/protobuf/wire_format_lite.h"

namespace comptoir {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr size_t kVarintBytesMax = 10;
constexpr int kBitsPerByte = 7;
constexpr uint8_t kMore = 0x80;

// Takes a number from the front of a message; false if there is none.
bool TakeLongVarint(const char*& at, const char* end, uint64_t& number) {
  number = 0;
  for (size_t i = 0; i < kVarintBytesMax && at != end; ++i) {
    const auto byte = static_cast<uint8_t>(*at++);
    number |= static_cast<uint64_t>(byte & ~kMore) << (kBitsPerByte * i);
    if (byte < kMore) return true;
  }
  return false;
}

// Most are of one byte.
inline bool TakeVarint(const char*& at, const char* end, uint64_t& number) {
  if (at == end || static_cast<uint8_t>(*at) >= kMore) return TakeLongVarint(at, end, number);
  number = static_cast<uint8_t>(*at++);
  return true;
}

inline bool Take(uint64_t size, const char*& at, const char* end, std::string_view& taken) {
  if (size > static_cast<uint64_t>(end - at)) return false;
  taken = {at, size};
  at += size;
  return true;
}

inline bool TakeValue(WireFormatLite::WireType type, const char*& at, const char* end,
                      MessageField& field) {
  uint64_t size = 0;
  std::string_view unused;
  switch (type) {
    case WireFormatLite::WIRETYPE_VARINT:
      return TakeVarint(at, end, field.number);
    case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
      return TakeVarint(at, end, size) && Take(size, at, end, field.bytes);
    case WireFormatLite::WIRETYPE_FIXED64:
      return Take(sizeof(uint64_t), at, end, unused);
    case WireFormatLite::WIRETYPE_FIXED32:
      return Take(sizeof(uint32_t), at, end, unused);
    default:
      // Groups, which proto3 doesn't have.
      return false;
  }
}

char* WriteVarint(uint64_t number, char* to) {
  for (; number >= kMore; number >>= kBitsPerByte) *to++ = static_cast<char>(number | kMore);
  *to++ = static_cast<char>(number);
  return to;
}

void AppendHead(int id, WireFormatLite::WireType type, uint64_t number, std::string& message) {
  char head[2 * kVarintBytesMax];
  char* const end = WriteVarint(number, WriteVarint(WireFormatLite::MakeTag(id, type), head));
  message.append(head, static_cast<size_t>(end - head));
}

}  // namespace

// By hand: a stream of protobuf's takes a hundred instructions for a field.
bool VisitFields(std::string_view message, absl::FunctionRef<bool(const MessageField&)> visit) {
  const char* at = message.data();
  const char* const end = at + message.size();
  while (at != end) {
    uint64_t number = 0;
    if (!TakeVarint(at, end, number) || number > std::numeric_limits<uint32_t>::max()) return false;
    const auto tag = static_cast<uint32_t>(number);
    MessageField field = {.id = WireFormatLite::GetTagFieldNumber(tag)};
    if (field.id == 0) return false;
    if (!TakeValue(WireFormatLite::GetTagWireType(tag), at, end, field)) return false;
    if (!visit(field)) return false;
  }
  return true;
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
