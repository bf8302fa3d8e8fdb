#include "common/storage/read_once.h"

namespace comptoir {

const Reader& LatestOnce(const Database& database) {
  const auto* const readable = dynamic_cast<const ReadableOnce*>(&database);
  return readable == nullptr ? database.latest() : readable->latest_once();
}

}  // namespace comptoir
