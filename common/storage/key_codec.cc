#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xff';  // after kEscape: a zero byte of the string
constexpr char kEndOfString = '\x01';  // after kEscape: the string ends

constexpr size_t kUuidBytes = 16;

template <typename Int>
void AppendBigEndian(std::string& key, Int value) {
  for (size_t i = sizeof(Int); i-- > 0;) key.push_back(static_cast<char>(value >> (8 * i)));
}

template <typename Int>
Int BigEndian(std::string_view bytes) {
  Int value = 0;
  for (const char byte : bytes) value = static_cast<Int>(value << 8 | static_cast<uint8_t>(byte));
  return value;
}

// Takes `count` bytes off `rest`; sets `ok` to false if there are fewer or it was false.
std::optional<std::string_view> Take(std::string_view& rest, size_t count, bool& ok) {
  ok = ok && rest.size() >= count;
  if (!ok) return std::nullopt;
  const std::string_view taken = rest.substr(0, count);
  rest.remove_prefix(count);
  return taken;
}

template <typename Int>
std::optional<Int> TakeBigEndian(std::string_view& rest, bool& ok) {
  const auto bytes = Take(rest, sizeof(Int), ok);
  if (!bytes.has_value()) return std::nullopt;
  return BigEndian<Int>(*bytes);
}

}  // namespace

KeyWriter& KeyWriter::Byte(uint8_t value) {
  key_.push_back(static_cast<char>(value));
  return *this;
}

KeyWriter& KeyWriter::Fixed16(uint16_t value) {
  AppendBigEndian<uint16_t>(key_, value);
  return *this;
}

KeyWriter& KeyWriter::Fixed32(uint32_t value) {
  AppendBigEndian<uint32_t>(key_, value);
  return *this;
}

KeyWriter& KeyWriter::Fixed64(uint64_t value) {
  AppendBigEndian<uint64_t>(key_, value);
  return *this;
}

KeyWriter& KeyWriter::String(std::string_view value) {
  for (size_t zero = value.find(kEscape); zero != std::string_view::npos;
       zero = value.find(kEscape)) {
    key_.append(value.substr(0, zero + 1));
    key_.push_back(kEscapedZero);
    value.remove_prefix(zero + 1);
  }
  key_.append(value);
  key_.push_back(kEscape);
  key_.push_back(kEndOfString);
  return *this;
}

KeyWriter& KeyWriter::Id(const Uuid& value) {
  key_.append(value.bytes());
  return *this;
}

KeyWriter& KeyWriter::Rest(std::string_view bytes) {
  key_.append(bytes);
  return *this;
}

std::optional<uint8_t> KeyReader::Byte() { return TakeBigEndian<uint8_t>(rest_, ok_); }
std::optional<uint16_t> KeyReader::Fixed16() { return TakeBigEndian<uint16_t>(rest_, ok_); }
std::optional<uint32_t> KeyReader::Fixed32() { return TakeBigEndian<uint32_t>(rest_, ok_); }
std::optional<uint64_t> KeyReader::Fixed64() { return TakeBigEndian<uint64_t>(rest_, ok_); }

std::optional<std::string> KeyReader::String() {
  std::string value;
  while (ok_) {
    const size_t escape = rest_.find(kEscape);
    if (escape == std::string_view::npos || escape + 1 == rest_.size()) break;
    const char escaped = rest_[escape + 1];
    value.append(rest_, 0, escape);
    rest_.remove_prefix(escape + 2);
    if (escaped == kEndOfString) return value;
    if (escaped != kEscapedZero) break;
    value.push_back(kEscape);
  }
  ok_ = false;
  return std::nullopt;
}

std::optional<Uuid> KeyReader::Id() {
  const auto bytes = Take(rest_, kUuidBytes, ok_);
  if (!bytes.has_value()) return std::nullopt;
  return Uuid::FromBytes(*bytes);
}

std::string PrefixEnd(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  std::string end(prefix);
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace comptoir
