// Reading much of a database once. Beside the Database interface, for one without a cache has no
// part in this.

#ifndef COMPTOIR_COMMON_STORAGE_READ_ONCE_H_
#define COMPTOIR_COMMON_STORAGE_READ_ONCE_H_

#include "common/storage/database.h"

namespace comptoir {

// A Database that keeps in memory what was read lately.
class ReadableOnce {
 public:
  virtual ~ReadableOnce() = default;

  // Database::latest() for who reads whole tables: their blocks take no room in
  // memory, and nobody's place.
  virtual const Reader& latest_once() const = 0;
};

// latest(), if the database isn't ReadableOnce.
const Reader& LatestOnce(const Database& database);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_READ_ONCE_H_
