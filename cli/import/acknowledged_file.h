#ifndef COMPTOIR_CLI_IMPORT_ACKNOWLEDGED_FILE_H_
#define COMPTOIR_CLI_IMPORT_ACKNOWLEDGED_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::cli {

// A file to which every customer that a service has acknowledged is appended: "row,uuid,state" and
// a newline. Lines can be read by others at once; they are synced in groups. Not thread-safe.
class AcknowledgedFile {
 public:
  // Appends to what is there; creates it if there is nothing.
  static absl::StatusOr<std::unique_ptr<AcknowledgedFile>> Open(const std::string& path);
  ~AcknowledgedFile();

  AcknowledgedFile(const AcknowledgedFile&) = delete;
  AcknowledgedFile& operator=(const AcknowledgedFile&) = delete;

  absl::Status Append(uint64_t row, const customer::v1::Customer& customer);

  // Syncs what was appended, unless that was done less than the interval before.
  absl::Status SyncIfDue(absl::Time now);
  absl::Status Sync();

 private:
  AcknowledgedFile(std::string path, int file) : path_(std::move(path)), file_(file) {}

  // Constant after construction.
  const std::string path_;
  const int file_;

  bool dirty_ = false;
  absl::Time last_sync_ = absl::InfinitePast();
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_ACKNOWLEDGED_FILE_H_
