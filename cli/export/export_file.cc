#include "cli/export/export_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

std::string PartOf(const std::string& path) { return path + ".part"; }
std::string ProgressPath(const std::string& path) { return path + ".progress"; }

}  // namespace

absl::StatusOr<std::unique_ptr<ExportFile>> ExportFile::Open(const std::string& path,
                                                             uint64_t bytes) {
  const std::string part = PartOf(path);
  // It holds personal data.
  const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return CannotWrite(part);
  std::unique_ptr<ExportFile> opened(new ExportFile(path, file, bytes));
  struct stat facts {};
  if (fstat(file, &facts) != 0) return CannotWrite(part);
  if (static_cast<uint64_t>(facts.st_size) < bytes) {
    return absl::UnknownError(absl::StrCat(part, " is shorter than it was: use --restart."));
  }
  if (ftruncate(file, static_cast<off_t>(bytes)) != 0 ||
      lseek(file, static_cast<off_t>(bytes), SEEK_SET) < 0) {
    return CannotWrite(part);
  }
  return opened;
}

ExportFile::~ExportFile() { close(file_); }

absl::Status ExportFile::Append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotWrite(PartOf(path_));
    bytes_ += static_cast<uint64_t>(written);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status ExportFile::Sync() {
  return fdatasync(file_) == 0 ? absl::OkStatus() : CannotWrite(PartOf(path_));
}

absl::Status ExportFile::Finish() {
  COMPTOIR_RETURN_IF_ERROR(Sync());
  return rename(PartOf(path_).c_str(), path_.c_str()) == 0 ? absl::OkStatus() : CannotWrite(path_);
}

std::optional<ExportProgress> ExportProgress::Read(const std::string& path) {
  std::ifstream file(ProgressPath(path), std::ios::binary);
  const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  ExportProgress progress;
  progress.service = json.value("service", "");
  progress.channel = json.value("channel", "");
  progress.addresses_path = json.value("addresses_path", "");
  progress.customers_token = json.value("customers_token", "");
  progress.addresses_token = json.value("addresses_token", "");
  progress.last_customer = json.value("last_customer", "");
  progress.customers = json.value("customers", uint64_t{0});
  progress.addresses = json.value("addresses", uint64_t{0});
  progress.left_out = json.value("left_out", uint64_t{0});
  progress.bytes = json.value("bytes", uint64_t{0});
  progress.addresses_bytes = json.value("addresses_bytes", uint64_t{0});
  return progress;
}

absl::Status ExportProgress::Write(const std::string& path) const {
  const nlohmann::json json = {{"service", service},
                               {"channel", channel},
                               {"addresses_path", addresses_path},
                               {"customers_token", customers_token},
                               {"addresses_token", addresses_token},
                               {"last_customer", last_customer},
                               {"customers", customers},
                               {"addresses", addresses},
                               {"left_out", left_out},
                               {"bytes", bytes},
                               {"addresses_bytes", addresses_bytes}};
  const std::string next = ProgressPath(path) + ".next";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << json.dump(1) << "\n";
  file.close();
  if (!file || rename(next.c_str(), ProgressPath(path).c_str()) != 0) {
    return CannotWrite(ProgressPath(path));
  }
  return absl::OkStatus();
}

void ExportProgress::Remove(const std::string& path) { unlink(ProgressPath(path).c_str()); }

}  // namespace comptoir::cli
