#include "common/base/uuid.h"

#include <openssl/evp.h>

#include <cstring>

#include "absl/status/status.h"
#include "common/base/check.h"

namespace comptoir {
namespace {

constexpr size_t kTextSize = 36;

bool IsDashAt(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

absl::Status Malformed() { return absl::InvalidArgumentError("Not the canonical text of a UUID."); }

// Returns the value of a hexadecimal digit, or -1.
int DigitValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// Fetched once: what EVP_sha1() gives is looked up by its name at each use.
const EVP_MD* Sha1() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  COMPTOIR_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

}  // namespace

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextSize) return Malformed();
  Uuid uuid;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDashAt(i)) {
      if (text[i] != '-') return Malformed();
      continue;
    }
    const int value = DigitValue(text[i]);
    if (value < 0) return Malformed();
    uint8_t& byte = uuid.bytes_[digits / 2];
    byte = static_cast<uint8_t>(byte << 4 | value);
    ++digits;
  }
  return uuid;
}

Uuid Uuid::FromBytes(std::string_view bytes) {
  Uuid uuid;
  COMPTOIR_CHECK(bytes.size() == uuid.bytes_.size()) << "a UUID of " << bytes.size() << " bytes";
  std::memcpy(uuid.bytes_.data(), bytes.data(), bytes.size());
  return uuid;
}

Uuid Uuid::NameBased(const Uuid& name_space, std::string_view name) {
  std::string input(name_space.bytes());
  input.append(name);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_size = 0;
  COMPTOIR_CHECK(
      EVP_Digest(input.data(), input.size(), digest.data(), &digest_size, Sha1(), nullptr) == 1);
  Uuid uuid;
  std::memcpy(uuid.bytes_.data(), digest.data(), uuid.bytes_.size());
  uuid.bytes_[6] = static_cast<uint8_t>((uuid.bytes_[6] & 0x0f) | 0x50);  // version 5
  uuid.bytes_[8] = static_cast<uint8_t>((uuid.bytes_[8] & 0x3f) | 0x80);  // RFC 4122 variant
  return uuid;
}

std::string Uuid::ToString() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kTextSize, '-');
  size_t at = 0;
  for (const uint8_t byte : bytes_) {
    if (IsDashAt(at)) ++at;
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace comptoir
