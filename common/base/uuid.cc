#include "common/base/uuid.h"

#include <openssl/evp.h>

#include <cstring>

#include "absl/status/status.h"
#include "common/base/check.h"

namespace comptoir {
namespace {

constexpr size_t kTextSize = 36;

constexpr size_t kDashesAt[] = {8, 13, 18, 23};

// Where the two digits of each byte stand in the text.
constexpr std::array<uint8_t, Uuid::kBytes> kDigitsAt = {0,  2,  4,  6,  9,  11, 14, 16,
                                                         19, 21, 24, 26, 28, 30, 32, 34};

absl::Status Malformed() { return absl::InvalidArgumentError("Not the canonical text of a UUID."); }

constexpr uint8_t kNoDigit = 0xff;

// The values of hexadecimal digits by character.
constexpr auto kDigitValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values['a' + i] = static_cast<uint8_t>(10 + i);
    values['A' + i] = static_cast<uint8_t>(10 + i);
  }
  return values;
}();

uint8_t DigitValue(char digit) { return kDigitValues[static_cast<uint8_t>(digit)]; }

// Fetched once: what EVP_sha1() gives is looked up by its name at each use.
const EVP_MD* Sha1() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  COMPTOIR_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

}  // namespace

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextSize) return Malformed();
  for (const size_t at : kDashesAt) {
    if (text[at] != '-') return Malformed();
  }
  Uuid uuid;
  // The values of digits, and more where something isn't one.
  uint8_t digits = 0;
#pragma GCC unroll 16
  for (size_t i = 0; i < kBytes; ++i) {
    const uint8_t high = DigitValue(text[kDigitsAt[i]]);
    const uint8_t low = DigitValue(text[kDigitsAt[i] + 1]);
    digits |= high | low;
    uuid.bytes_[i] = static_cast<uint8_t>(high << 4 | low);
  }
  if (digits > 0x0f) return Malformed();
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
  char* const to = text.data();
  for (size_t i = 0; i < kBytes; ++i) {
    to[kDigitsAt[i]] = kDigits[bytes_[i] >> 4];
    to[kDigitsAt[i] + 1] = kDigits[bytes_[i] & 0x0f];
  }
  return text;
}

}  // namespace comptoir
