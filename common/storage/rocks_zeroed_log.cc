#include "common/storage/rocks_zeroed_log.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "rocksdb/file_system.h"

namespace comptoir {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::string_view kLogSuffix = ".log";

// A log from its creation on. Whoever closes it cuts the zeros off.
class ZeroedLog : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  explicit ZeroedLog(std::unique_ptr<FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const uint64_t end = size_ + data.size();
    if (end > zeroed_ && data.size() <= kLogZeroedWriteMax) {
      static const std::string* const kZeros = new std::string(kLogZeroedBytes, '\0');
      // From where there are none yet; the engine cuts a log at its size when it is closed.
      IOStatus status = target()->PositionedAppend(*kZeros, zeroed_, options, debug);
      if (!status.ok()) return status;
      zeroed_ += kLogZeroedBytes;
    }
    IOStatus status = target()->PositionedAppend(data, size_, options, debug);
    if (!status.ok()) return status;
    size_ = end;
    zeroed_ = std::max(zeroed_, size_);
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    size_ = size;
    zeroed_ = size;
    return target()->Truncate(size, options, debug);
  }

 private:
  uint64_t size_ = 0;
  // Up to there the file is written.
  uint64_t zeroed_ = 0;
};

class FilesWithZeroedLogs : public rocksdb::FileSystemWrapper {
 public:
  explicit FilesWithZeroedLogs(const std::shared_ptr<FileSystem>& files)
      : FileSystemWrapper(files) {}

  const char* Name() const override { return "FilesWithZeroedLogs"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (status.ok() && path.ends_with(kLogSuffix)) {
      *file = std::make_unique<ZeroedLog>(std::move(*file));
    }
    return status;
  }
};

// RocksDB's own composite has the operating system's threads and time, whatever env's are.
class EnvOfZeroedLogs : public rocksdb::EnvWrapper {
 public:
  explicit EnvOfZeroedLogs(rocksdb::Env& env) : EnvWrapper(&env) {
    file_system_ = std::make_shared<FilesWithZeroedLogs>(env.GetFileSystem());
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> NewEnvOfZeroedLogs(rocksdb::Env& env) {
  return std::make_unique<EnvOfZeroedLogs>(env);
}

}  // namespace comptoir
