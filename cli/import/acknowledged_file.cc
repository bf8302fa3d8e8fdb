#include "cli/import/acknowledged_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "cli/customer_text.h"
#include "cli/errors.h"
#include "cli/resource_names.h"

namespace comptoir::cli {
namespace {

constexpr absl::Duration kSyncInterval = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<std::unique_ptr<AcknowledgedFile>> AcknowledgedFile::Open(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return CannotWrite(path);
  return std::unique_ptr<AcknowledgedFile>(new AcknowledgedFile(path, file));
}

AcknowledgedFile::~AcknowledgedFile() { close(file_); }

absl::Status AcknowledgedFile::Append(uint64_t row, const customer::v1::Customer& customer) {
  const std::string line =
      absl::StrCat(row, ",", IdOf(customer.name()), ",",
                   EnumText(CustomerState_Name(customer.state()), "CUSTOMER_STATE_"), "\n");
  // One write, so that a reader sees whole lines.
  if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return CannotWrite(path_);
  }
  dirty_ = true;
  return absl::OkStatus();
}

absl::Status AcknowledgedFile::SyncIfDue(absl::Time now) {
  if (now - last_sync_ < kSyncInterval) return absl::OkStatus();
  last_sync_ = now;
  return Sync();
}

absl::Status AcknowledgedFile::Sync() {
  if (!dirty_) return absl::OkStatus();
  // Pipes and terminals cannot be synced and need not be.
  if (fdatasync(file_) != 0 && errno != EINVAL && errno != EROFS) return CannotWrite(path_);
  dirty_ = false;
  return absl::OkStatus();
}

}  // namespace comptoir::cli
