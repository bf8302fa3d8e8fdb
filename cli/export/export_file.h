#ifndef COMPTOIR_CLI_EXPORT_EXPORT_FILE_H_
#define COMPTOIR_CLI_EXPORT_EXPORT_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comptoir::cli {

// A file that is written in steps, under another name until it is complete: FILE.part. What is
// written after the last step is gone when it is opened anew. Not thread-safe.
class ExportFile {
 public:
  // Opens FILE.part with its first `bytes` bytes; there must be so many.
  static absl::StatusOr<std::unique_ptr<ExportFile>> Open(const std::string& path, uint64_t bytes);
  ~ExportFile();

  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;

  absl::Status Append(std::string_view text);
  absl::Status Sync();
  // Gives the file its name.
  absl::Status Finish();

  uint64_t bytes() const { return bytes_; }

 private:
  ExportFile(std::string path, int file, uint64_t bytes)
      : path_(std::move(path)), file_(file), bytes_(bytes) {}

  // Constant after construction.
  const std::string path_;
  const int file_;

  uint64_t bytes_;
};

// How far an export is: what to ask the service for next, and how much of the files is worth
// keeping.
struct ExportProgress {
  // What the export was begun with.
  std::string service;
  std::string channel;
  std::string addresses_path;

  std::string customers_token;
  std::string addresses_token;
  // The last customer that is in the file; empty: none.
  std::string last_customer;
  uint64_t customers = 0;
  uint64_t addresses = 0;
  uint64_t left_out = 0;
  uint64_t bytes = 0;
  uint64_t addresses_bytes = 0;

  // Nothing if there is none, or none that can be read.
  static std::optional<ExportProgress> Read(const std::string& path);
  // Replaces what was there, or leaves it as it was.
  absl::Status Write(const std::string& path) const;
  static void Remove(const std::string& path);
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_EXPORT_EXPORT_FILE_H_
