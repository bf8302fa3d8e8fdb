// Keys whose bytes sort like the values they are made of.

#ifndef COMPTOIR_COMMON_STORAGE_KEY_CODEC_H_
#define COMPTOIR_COMMON_STORAGE_KEY_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/uuid.h"

namespace comptoir {

// Appends parts to a key. Fixed-width integers are big-endian; strings are escaped (0x00 → 0x00
// 0xff) and ended by 0x00 0x01, so that a shorter string sorts before a longer one that it begins;
// UUIDs are their 16 bytes.
class KeyWriter {
 public:
  // Most keys have room in it.
  static constexpr size_t kReservedBytes = 47;

  KeyWriter() { key_.reserve(kReservedBytes); }
  KeyWriter& Byte(uint8_t value);
  KeyWriter& Fixed16(uint16_t value);
  KeyWriter& Fixed32(uint32_t value);
  KeyWriter& Fixed64(uint64_t value);
  KeyWriter& String(std::string_view value);
  KeyWriter& Id(const Uuid& value);
  // As they are, to the end of the key only.
  KeyWriter& Rest(std::string_view bytes);

  // Takes it: the writer is done.
  std::string key() { return std::move(key_); }

 private:
  std::string key_;
};

// Takes parts off a key. A part that isn't there makes the reader, and all later parts, fail.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}
  std::optional<uint8_t> Byte();
  std::optional<uint16_t> Fixed16();
  std::optional<uint32_t> Fixed32();
  std::optional<uint64_t> Fixed64();
  std::optional<std::string> String();
  std::optional<Uuid> Id();
  std::string_view Rest() const { return rest_; }
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// The smallest key greater than every key that starts with `prefix`; empty if there is none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_KEY_CODEC_H_
