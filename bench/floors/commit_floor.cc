#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/floors/floor_server.h"
#include "bench/floors/floors.h"
#include "bench/floors/rocks.h"
#include "bench/load/buffers.h"
#include "common/base/check.h"
#include "common/base/mutex.h"

namespace comptoir::bench {
namespace {

// As long as the product's: a tag, a value or nothing, a UUID.
constexpr size_t kKeyBytes = 24;

struct Waiting {
  const grpc::ByteBuffer* request;
  grpc::ByteBuffer* answer;
  grpc::ServerUnaryReactor* reactor;
};

class CommitThread {
 public:
  explicit CommitThread(const CommitOptions& options)
      : options_(options), database_(OpenBareDatabase(options.data)) {
    const uint64_t key_bytes = options.keys * kKeyBytes;
    value_.assign(options.bytes > key_bytes ? (options.bytes - key_bytes) / options.keys : 0, 'v');
    thread_ = std::thread([this] { Run(); });
  }

  ~CommitThread() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.NotifyAll();
    thread_.join();
  }

  void Add(const Waiting& waiting) {
    {
      MutexLock lock(mutex_);
      waiting_.push_back(waiting);
    }
    changed_.NotifyOne();
  }

 private:
  void Run() {
    std::vector<Waiting> group;
    while (Take(group)) {
      rocksdb::WriteBatch batch;
      for (const Waiting& one : group) Put(*one.request, batch);
      rocksdb::WriteOptions synced;
      synced.sync = true;
      const rocksdb::Status status = database_->Write(synced, &batch);
      COMPTOIR_CHECK(status.ok()) << status.ToString();
      for (const Waiting& one : group) {
        *one.answer = *one.request;
        one.reactor->Finish(grpc::Status::OK);
      }
      group.clear();
    }
  }

  // False when it is over.
  bool Take(std::vector<Waiting>& group) {
    MutexLock lock(mutex_);
    while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
    group.swap(waiting_);
    return !group.empty();
  }

  void Put(const grpc::ByteBuffer& request, rocksdb::WriteBatch& batch) {
    const std::string bytes = options_.bytes == 0 ? ToBytes(request) : "";
    const size_t row_bytes = bytes.size() / options_.rows;
    for (uint64_t row = 0; row < options_.rows; ++row) {
      for (uint64_t i = 0; i < options_.keys; ++i) {
        rocksdb::Slice value = value_;
        if (options_.bytes == 0 && i == 0) value = {&bytes[row * row_bytes], row_bytes};
        batch.Put(NextKey(), value);
      }
    }
  }

  // In no order, as keys that begin with words or random ids are.
  std::string NextKey() {
    std::string key(kKeyBytes, '\0');
    const uint64_t scattered = ++keys_ * 0x9e3779b97f4a7c15;
    std::memcpy(key.data(), &scattered, sizeof(scattered));
    std::memcpy(key.data() + sizeof(scattered), &keys_, sizeof(keys_));
    return key;
  }

  // Constant after construction.
  const CommitOptions options_;
  const std::unique_ptr<rocksdb::DB> database_;
  std::string value_;
  std::thread thread_;

  // Of the thread.
  uint64_t keys_ = 0;

  Mutex mutex_;
  CondVar changed_;
  // Guarded by mutex_.
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

void RunCommitFloor(const FloorOptions& options, const CommitOptions& commit) {
  CommitThread thread(commit);
  ServeFloor(options, [&](const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
                          grpc::ServerUnaryReactor& reactor) {
    thread.Add({&request, &answer, &reactor});
  });
}

}  // namespace comptoir::bench
