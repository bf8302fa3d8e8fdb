#include "common/storage/database.h"

#include "common/storage/key_codec.h"

namespace comptoir {

KeyRange PrefixRange(std::string_view prefix, size_t rows_max) {
  return {.begin = std::string(prefix), .end = PrefixEnd(prefix), .rows_max = rows_max};
}

}  // namespace comptoir
