#ifndef COMPTOIR_CLI_IMPORT_IMPORT_HISTORY_H_
#define COMPTOIR_CLI_IMPORT_IMPORT_HISTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace comptoir::cli {

// Remembers which bytes were imported from which path, in `folder`/imports.json: rows are told
// apart by the file's bytes and their number, so a changed file is another import, and whoever only
// corrected a row should know before everything is created anew.
class ImportHistory {
 public:
  // An empty folder remembers nothing.
  explicit ImportHistory(std::string folder) : folder_(std::move(folder)) {}

  // Remembers the file. Fails with a usage error, and remembers nothing, if other bytes were
  // imported from this path before and `as_new` is false. Safe against other processes.
  absl::Status Remember(const std::string& path, const std::string& sha256, bool as_new,
                        absl::Time now) const;

 private:
  const std::string folder_;
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_IMPORT_HISTORY_H_
