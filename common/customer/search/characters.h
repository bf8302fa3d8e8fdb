// UTF-8, character by character.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_CHARACTERS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_CHARACTERS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace comptoir {

// Bytes of the character that begins with `first`; 1 for what isn't the begin of one.
inline size_t CharacterBytes(char first) {
  const auto byte = static_cast<uint8_t>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

// The first character of a text, which is empty at its end.
inline std::string_view FirstCharacter(std::string_view text) {
  return text.empty() ? text : text.substr(0, CharacterBytes(text.front()));
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_CHARACTERS_H_
