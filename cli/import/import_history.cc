#include "cli/import/import_history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

namespace fs = std::filesystem;

// Held by one process at a time.
class FileLock {
 public:
  explicit FileLock(const fs::path& path)
      : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ >= 0) flock(file_, LOCK_EX);
  }
  ~FileLock() {
    if (file_ >= 0) close(file_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  bool held() const { return file_ >= 0; }

 private:
  const int file_;
};

absl::Status CannotWrite(const fs::path& path) {
  return absl::UnknownError(
      absl::StrCat("Cannot write ", path.string(), ": ", strerror(errno), "."));
}

// A file that isn't there or isn't ours counts as empty: it only warns.
nlohmann::json Read(const fs::path& path) {
  std::ifstream file(path);
  nlohmann::json json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : nlohmann::json::object();
}

absl::Status Write(const fs::path& path, const nlohmann::json& json) {
  const fs::path temporary = path.string() + ".new";
  {
    std::ofstream file(temporary);
    file << json.dump(1) << "\n";
    if (!file.flush()) return CannotWrite(temporary);
  }
  std::error_code error;
  fs::rename(temporary, path, error);
  return error ? CannotWrite(path) : absl::OkStatus();
}

}  // namespace

absl::Status ImportHistory::Remember(const std::string& path, const std::string& sha256,
                                     bool as_new, absl::Time now) const {
  if (folder_.empty()) return absl::OkStatus();
  std::error_code error;
  const std::string key = fs::weakly_canonical(path, error);
  fs::create_directories(folder_, error);
  const fs::path file = fs::path(folder_) / "imports.json";
  const FileLock lock(file.string() + ".lock");
  if (!lock.held()) return CannotWrite(file);
  nlohmann::json imports = Read(file);
  const nlohmann::json before = imports.value(key, nlohmann::json::object());
  const std::string sha256_before = before.is_object() ? before.value("sha256", "") : "";
  if (sha256_before == sha256) return absl::OkStatus();
  if (!sha256_before.empty() && !as_new) {
    return UsageError(absl::StrCat(
        key, " has changed since it was imported (", before.value("time", "?"),
        "). Rows are known by the file's bytes and their number, so this is a new import: every "
        "row "
        "becomes a new customer. Go on with --new-import; or import files that change with --name "
        "and --key."));
  }
  imports[key] = {{"sha256", sha256},
                  {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone())}};
  return Write(file, imports);
}

}  // namespace comptoir::cli
