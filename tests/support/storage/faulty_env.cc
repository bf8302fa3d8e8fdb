#include "tests/support/storage/faulty_env.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/check.h"

namespace comptoir {
namespace {

using rocksdb::EnvOptions;
using rocksdb::Slice;
using rocksdb::Status;

std::string FolderOf(const std::string& path) { return std::filesystem::path(path).parent_path(); }

void CheckOk(const Status& status) { COMPTOIR_CHECK(status.ok()) << status.ToString(); }

}  // namespace

// A file that is being written.
class FaultyEnv::File : public rocksdb::WritableFileWrapper {
 public:
  File(FaultyEnv& env, std::string path, std::unique_ptr<rocksdb::WritableFile> target,
       std::shared_ptr<Durability> durability)
      : WritableFileWrapper(target.get()),
        env_(env),
        path_(std::move(path)),
        target_(std::move(target)),
        durability_(std::move(durability)) {}

  Status Append(const Slice& data) override {
    MutexLock lock(env_.mutex_);
    Status status = env_.BeginOperation();
    if (status.ok() && env_.free_bytes_ == 0) status = Status::NoSpace("planted");
    if (status.ok()) status = target_->Append(data);
    if (status.ok()) durability_->size += data.size();
    return status;
  }
  Status Append(const Slice& data, const rocksdb::DataVerificationInfo&) override {
    return Append(data);
  }

  // Of files that aren't appended to otherwise.
  Status PositionedAppend(const Slice& data, uint64_t offset) override {
    MutexLock lock(env_.mutex_);
    Status status = env_.BeginOperation();
    if (status.ok() && env_.free_bytes_ == 0) status = Status::NoSpace("planted");
    if (!status.ok()) return status;
    if (offset < durability_->size) {
      durability_->overwritten.emplace_back(offset, Read(offset, data.size()));
    }
    status = target_->PositionedAppend(data, offset);
    if (status.ok()) durability_->size = std::max(durability_->size, offset + data.size());
    return status;
  }
  Status PositionedAppend(const Slice& data, uint64_t offset,
                          const rocksdb::DataVerificationInfo&) override {
    return PositionedAppend(data, offset);
  }

  Status Truncate(uint64_t size) override {
    MutexLock lock(env_.mutex_);
    Status status = env_.BeginOperation();
    if (!status.ok()) return status;
    durability_->size = size;
    durability_->synced_size = std::min(durability_->synced_size, size);
    return target_->Truncate(size);
  }

  Status Sync() override {
    uint64_t size = 0;
    size_t overwritten = 0;
    absl::Duration delay;
    {
      MutexLock lock(env_.mutex_);
      Status status = env_.BeginOperation();
      if (!status.ok()) return status;
      size = durability_->size;
      overwritten = durability_->overwritten.size();
      delay = env_.sync_delay_;
    }
    if (delay > absl::ZeroDuration()) {
      env_.target()->SleepForMicroseconds(static_cast<int>(absl::ToInt64Microseconds(delay)));
    }
    MutexLock lock(env_.mutex_);
    if (!env_.powered_) return Status::IOError("no power");
    if (env_.ignore_log_sync_ && path_.ends_with(".log")) return Status::OK();
    durability_->synced_size = std::max(durability_->synced_size, size);
    auto& before = durability_->overwritten;
    before.erase(before.begin(), before.begin() + std::min(overwritten, before.size()));
    return Status::OK();
  }
  Status Fsync() override { return Sync(); }
  Status RangeSync(uint64_t, uint64_t) override { return Status::OK(); }

 private:
  std::string Read(uint64_t offset, size_t size) const {
    std::string bytes(size, '\0');
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset))
        .read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<size_t>(file.gcount()));
    return bytes;
  }

  // Constant after construction.
  FaultyEnv& env_;
  const std::string path_;
  const std::unique_ptr<rocksdb::WritableFile> target_;

  // Guarded by env_.mutex_.
  const std::shared_ptr<Durability> durability_;
};

class FaultyEnv::Folder : public rocksdb::Directory {
 public:
  Folder(FaultyEnv& env, const std::string& path) : env_(env), path_(FolderOf(path + "/")) {}

  Status Fsync() override {
    MutexLock lock(env_.mutex_);
    Status status = env_.BeginOperation();
    if (status.ok()) env_.SyncFolder(path_);
    return status;
  }
  Status Close() override { return Status::OK(); }

 private:
  // Constant after construction.
  FaultyEnv& env_;
  const std::string path_;
};

FaultyEnv::FaultyEnv() : EnvWrapper(rocksdb::Env::Default()) {}

void FaultyEnv::LosePower() {
  MutexLock lock(mutex_);
  powered_ = false;
}

void FaultyEnv::RestorePower() {
  MutexLock lock(mutex_);
  UndoRenames();
  for (const auto& [path, durability] : files_) {
    if (created_.contains(path)) {
      CheckOk(target()->DeleteFile(path));
      continue;
    }
    while (!durability->overwritten.empty()) {
      const auto& [offset, bytes] = durability->overwritten.back();
      std::fstream(path, std::ios::binary | std::ios::in | std::ios::out)
          .seekp(static_cast<std::streamoff>(offset))
          .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      durability->overwritten.pop_back();
    }
    if (durability->synced_size < durability->size) {
      std::filesystem::resize_file(path, durability->synced_size);
    }
  }
  files_.clear();
  created_.clear();
  last_operation_ = 0;
  powered_ = true;
}

void FaultyEnv::UndoRenames() {
  for (; !renames_.empty(); renames_.pop_back()) {
    const Rename& rename = renames_.back();
    CheckOk(target()->RenameFile(rename.to, rename.from));
    if (auto file = files_.extract(rename.to)) {
      file.key() = rename.from;
      files_.insert(std::move(file));
    }
    if (rename.replaced_content.has_value()) {
      CheckOk(rocksdb::WriteStringToFile(target(), *rename.replaced_content, rename.to));
    }
  }
}

void FaultyEnv::SyncFolder(const std::string& path) {
  std::erase_if(created_, [&](const std::string& file) { return FolderOf(file) == path; });
  std::erase_if(renames_, [&](const Rename& rename) { return FolderOf(rename.to) == path; });
}

void FaultyEnv::FailOperation(uint64_t n) {
  MutexLock lock(mutex_);
  failing_operation_ = n == 0 ? 0 : operations_ + n;
}

void FaultyEnv::LosePowerAt(uint64_t n) {
  MutexLock lock(mutex_);
  last_operation_ = n == 0 ? 0 : operations_ + n;
}

uint64_t FaultyEnv::operations() const {
  MutexLock lock(mutex_);
  return operations_;
}

void FaultyEnv::set_free_bytes(uint64_t bytes) {
  MutexLock lock(mutex_);
  free_bytes_ = bytes;
}

void FaultyEnv::set_sync_delay(absl::Duration delay) {
  MutexLock lock(mutex_);
  sync_delay_ = delay;
}

void FaultyEnv::set_ignore_log_sync(bool ignore) {
  MutexLock lock(mutex_);
  ignore_log_sync_ = ignore;
}

Status FaultyEnv::BeginOperation() {
  if (!powered_) return Status::IOError("no power");
  if (++operations_ == last_operation_) powered_ = false;
  if (operations_ == failing_operation_) return Status::IOError("planted");
  return powered_ ? Status::OK() : Status::IOError("no power");
}

Status FaultyEnv::NewSequentialFile(const std::string& path,
                                    std::unique_ptr<rocksdb::SequentialFile>* file,
                                    const EnvOptions& options) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  return status.ok() ? target()->NewSequentialFile(path, file, options) : status;
}

Status FaultyEnv::NewRandomAccessFile(const std::string& path,
                                      std::unique_ptr<rocksdb::RandomAccessFile>* file,
                                      const EnvOptions& options) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  return status.ok() ? target()->NewRandomAccessFile(path, file, options) : status;
}

Status FaultyEnv::NewWritableFile(const std::string& path,
                                  std::unique_ptr<rocksdb::WritableFile>* file,
                                  const EnvOptions& options) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  if (!status.ok()) return status;
  const bool existed = target()->FileExists(path).ok();
  std::unique_ptr<rocksdb::WritableFile> target_file;
  status = target()->NewWritableFile(path, &target_file, options);
  if (!status.ok()) return status;
  const auto durability = files_[path] = std::make_shared<Durability>();
  if (!existed) created_.insert(path);
  *file = std::make_unique<File>(*this, path, std::move(target_file), durability);
  return Status::OK();
}

Status FaultyEnv::ReopenWritableFile(const std::string&, std::unique_ptr<rocksdb::WritableFile>*,
                                     const EnvOptions&) {
  return Status::NotSupported("the tests' databases don't append to files of earlier runs");
}

Status FaultyEnv::ReuseWritableFile(const std::string&, const std::string&,
                                    std::unique_ptr<rocksdb::WritableFile>*, const EnvOptions&) {
  return Status::NotSupported("logs aren't recycled");
}

Status FaultyEnv::NewDirectory(const std::string& path,
                               std::unique_ptr<rocksdb::Directory>* directory) {
  Status status = FileExists(path);
  if (status.ok()) *directory = std::make_unique<Folder>(*this, path);
  return status;
}

Status FaultyEnv::DeleteFile(const std::string& path) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  if (status.ok()) status = target()->DeleteFile(path);
  if (!status.ok()) return status;
  files_.erase(path);
  created_.erase(path);
  std::erase_if(renames_, [&](const Rename& rename) { return rename.to == path; });
  return Status::OK();
}

Status FaultyEnv::Truncate(const std::string& path, size_t size) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  return status.ok() ? target()->Truncate(path, size) : status;
}

Status FaultyEnv::RenameFile(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  if (!status.ok()) return status;
  Rename rename{.from = from, .to = to};
  if (std::string content; rocksdb::ReadFileToString(target(), to, &content).ok()) {
    rename.replaced_content = std::move(content);
  }
  status = target()->RenameFile(from, to);
  if (!status.ok()) return status;
  files_.erase(to);
  if (auto file = files_.extract(from)) {
    file.key() = to;
    files_.insert(std::move(file));
  }
  renames_.push_back(std::move(rename));
  return Status::OK();
}

Status FaultyEnv::LinkFile(const std::string&, const std::string&) {
  return Status::NotSupported("the tests' databases don't link files");
}

Status FaultyEnv::CreateDir(const std::string& path) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  return status.ok() ? target()->CreateDir(path) : status;
}

Status FaultyEnv::CreateDirIfMissing(const std::string& path) {
  MutexLock lock(mutex_);
  Status status = BeginOperation();
  return status.ok() ? target()->CreateDirIfMissing(path) : status;
}

void FaultyEnv::SleepForMicroseconds(int microseconds) {
  target()->SleepForMicroseconds(std::min(microseconds, 1'000));
}

Status FaultyEnv::GetFreeSpace(const std::string& path, uint64_t* free_bytes) {
  MutexLock lock(mutex_);
  Status status = target()->GetFreeSpace(path, free_bytes);
  *free_bytes = std::min(*free_bytes, free_bytes_);
  return status;
}

}  // namespace comptoir
