// Rewriting a database without what was deleted from it. Beside the Database interface, for one
// that keeps nothing but what is in it has no part in this.

#ifndef COMPTOIR_COMMON_STORAGE_SCRUB_H_
#define COMPTOIR_COMMON_STORAGE_SCRUB_H_

#include "absl/status/status.h"
#include "common/storage/database.h"

namespace comptoir {

// A Database whose files keep what was deleted, until they are rewritten.
class Scrubbable {
 public:
  virtual ~Scrubbable() = default;

  // What was deleted or overwritten before this call is in none of the database's files any more:
  // tables, log, descriptions. Takes as long as rewriting them, beside readers and commits; for one
  // caller at a time, on any thread. OVERLOADED if something still holds it, as a reader of an
  // earlier state does: call again. After an error some of it may be left.
  virtual absl::Status Scrub() = 0;
};

// Scrubs a database if it is Scrubbable; any other keeps nothing that was deleted.
absl::Status Scrub(Database& database);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_SCRUB_H_
