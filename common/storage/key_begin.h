#ifndef COMPTOIR_COMMON_STORAGE_KEY_BEGIN_H_
#define COMPTOIR_COMMON_STORAGE_KEY_BEGIN_H_

#include <bit>
#include <cstdint>
#include <string_view>

namespace comptoir {

// The first eight bytes as a number: of two keys with different ones, the smaller one's is the
// first. Where keys are sorted in memory it tells most of them apart without a look at where they
// lie.
inline uint64_t BeginOfKey(std::string_view key) {
  uint64_t begin = 0;
  key.copy(reinterpret_cast<char*>(&begin), sizeof(begin));
  return std::endian::native == std::endian::little ? __builtin_bswap64(begin) : begin;
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_KEY_BEGIN_H_
