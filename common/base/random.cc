#include "common/base/random.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include "common/base/check.h"

namespace comptoir {

uint64_t Random::Below(uint64_t n) {
  COMPTOIR_CHECK(n > 0);
  // The last, incomplete range of n numbers would favour the small ones: draw again.
  const uint64_t limit = std::numeric_limits<uint64_t>::max() / n * n;
  uint64_t value = Next();
  while (value >= limit) value = Next();
  return value % n;
}

double Random::Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

uint64_t SystemRandom::Next() {
  uint64_t value = 0;
  ssize_t size = -1;
  do {
    size = getrandom(&value, sizeof(value), 0);
  } while (size < 0 && errno == EINTR);
  COMPTOIR_CHECK(size == sizeof(value)) << "getrandom: " << std::strerror(errno);
  return value;
}

SeededRandom::SeededRandom(uint64_t seed) {
  // splitmix64 spreads the seed, so that neighbouring seeds have nothing in common.
  for (uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    word = mixed ^ (mixed >> 31);
  }
}

uint64_t SeededRandom::Next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

Uuid NewUuid(Random& random) {
  std::array<uint64_t, 2> words = {random.Next(), random.Next()};
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // RFC 4122 variant
  return Uuid::FromBytes(
      std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace comptoir
