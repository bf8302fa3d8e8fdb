// Putting a database's files in order while little is written. Beside the Database interface, for
// one without files has no part in this.

#ifndef COMPTOIR_COMMON_STORAGE_TIDY_H_
#define COMPTOIR_COMMON_STORAGE_TIDY_H_

#include <cstddef>

#include "absl/status/status.h"
#include "common/storage/database.h"

namespace comptoir {

// A Database that writes new files beside its older ones: whoever looks for something looks into
// each. They are merged many at once while much is written, for that takes less work.
class Tidiable {
 public:
  virtual ~Tidiable() = default;

  // Has young files merged, in the background, if little was written since the last call. To be
  // called every so often, by one caller at a time, on any thread that may wait for the disk.
  virtual absl::Status TidyIfCalm() = 0;

  // So many fewer there would be.
  virtual size_t untidy_files() const = 0;
};

// Does so if the database is Tidiable.
absl::Status TidyIfCalm(Database& database);
// 0 if it isn't.
size_t UntidyFiles(const Database& database);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_TIDY_H_
