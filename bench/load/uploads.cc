#include "bench/load/uploads.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/load/buffers.h"
#include "bench/load/follower.h"
#include "common/base/mutex.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/replication/v1/operation.pb.h"

namespace comptoir::bench {
namespace {

using hq::v1::ReplicationService;
using hq::v1::UploadRequest;
using hq::v1::UploadResponse;
using Clock = std::chrono::steady_clock;

constexpr int kBatchOperations = 16;
// Of all channels together, equal parts for any number of them: more than HQ can do. Who fills its
// window only waits longer.
constexpr size_t kBatchesUnderWay = 200;
constexpr size_t kDigestBytes = 32;

// What the uploaders share.
struct Uploads {
  const UploadsOptions& options;
  const CustomerGenerator& generator;
  const Clock::time_point counted_from;
  std::atomic<uint64_t> next = 0;
};

// One channel service's stream. Its callbacks come on gRPC's threads, never two at a time but for a
// read and a write.
class Uploader : public grpc::ClientBidiReactor<UploadRequest, UploadResponse> {
 public:
  Uploader(Uploads& uploads, uint64_t number)
      : uploads_(uploads),
        channel_(FollowedChannel(number)),
        stub_(ReplicationService::NewStub(NewConnection(uploads.options.address))) {
    auto& hello = *write_.mutable_hello();
    hello.set_protocol_version(1);
    hello.set_channel_service(FollowerName(number));
    hello.add_channels(channel_);
    // One that goes on where it ended.
    hello.set_lineage(std::hash<std::string>()(channel_) | 1);
    hello.mutable_epoch()->set_counter(1);
    hello.mutable_epoch()->set_id(hello.lineage());
    hello.mutable_epoch()->set_first_sequence(1);
    stub_->async()->UploadOperations(&context_, this);
    StartWrite(&write_);
    StartRead(&read_);
    StartCall();
  }

  // Waits until the stream has ended. Returns what was acknowledged until then.
  LoadResult Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    context_.TryCancel();
    MutexLock lock(mutex_);
    while (!ended_) ended_changed_.Wait(mutex_);
    return std::move(result_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      MutexLock lock(mutex_);
      if (read_.has_hello()) {
        next_sequence_ = read_.hello().position().sequence() + 1;
        window_bytes_ = read_.hello().window_bytes_max();
        Credit(read_.hello());
      } else {
        Acknowledged(read_.acknowledgement());
      }
      WriteMore();
    }
    StartRead(&read_);
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (ok) WriteMore();
  }

  void OnDone(const grpc::Status& status) override {
    MutexLock lock(mutex_);
    if (!stopping_) {
      ++result_.errors;
      result_.first_error = status.error_message();
    }
    ended_ = true;
    ended_changed_.NotifyAll();
  }

 private:
  struct Sent {
    uint64_t last_sequence;
    uint64_t operations;
    size_t bytes;
    Clock::time_point time;
  };

  template <typename Message>
  void Credit(const Message& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    last_granted_.reset();
    if (message.has_last_sequence()) last_granted_ = message.last_sequence();
  }

  void Acknowledged(const hq::v1::UploadAcknowledgement& acknowledgement)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (acknowledgement.window_bytes_max() > 0) window_bytes_ = acknowledgement.window_bytes_max();
    Credit(acknowledgement);
    const auto now = Clock::now();
    while (!sent_.empty() && sent_.front().last_sequence <= acknowledgement.sequence()) {
      const Sent& sent = sent_.front();
      for (uint64_t i = 0; i < sent.operations && now > uploads_.counted_from; ++i) {
        result_.times.Record(static_cast<uint64_t>((now - sent.time).count()));
      }
      sent_bytes_ -= sent.bytes;
      sent_.pop_front();
    }
  }

  // One batch, if it is granted. A batch always fits when nothing is under way.
  void WriteMore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || stopping_ || next_sequence_ == 0 || window_bytes_ == 0) return;
    if (sent_.size() * uploads_.options.channels >= kBatchesUnderWay) return;
    if (sent_bytes_ > 0 && sent_bytes_ + batch_bytes_ > window_bytes_) return;
    write_.Clear();
    const uint64_t begin = next_sequence_;
    for (int i = 0; i < kBatchOperations; ++i) {
      if (last_granted_.has_value() && next_sequence_ > *last_granted_) break;
      const uint64_t n = uploads_.next++;
      if (n >= uploads_.options.customers) break;
      AddCreate(uploads_.options.first + n);
    }
    if (next_sequence_ == begin) return;
    batch_bytes_ = write_.ByteSizeLong();
    sent_bytes_ += batch_bytes_;
    sent_.push_back({next_sequence_ - 1, next_sequence_ - begin, batch_bytes_, Clock::now()});
    writing_ = true;
    StartWrite(&write_);
  }

  void AddCreate(uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    replication::v1::Operation operation;
    const std::string id(uploads_.generator.IdOf(number).bytes());
    operation.set_sequence(next_sequence_++);
    operation.set_customer_id(id);
    operation.set_request_id(id);
    // HQ compares digests, it makes none.
    operation.set_request_digest((id + id).substr(0, kDigestBytes));
    operation.set_channel(channel_);
    operation.mutable_capture_time()->set_seconds(1);
    *operation.mutable_create_customer()->mutable_customer() = uploads_.generator.Get(number);
    write_.mutable_batch()->add_operations(operation.SerializeAsString());
  }

  // Constant after construction.
  Uploads& uploads_;
  const std::string channel_;
  const std::unique_ptr<ReplicationService::Stub> stub_;
  grpc::ClientContext context_;

  UploadResponse read_;
  Mutex mutex_;
  CondVar ended_changed_;
  // Guarded by mutex_, but for what gRPC is writing.
  UploadRequest write_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // 0: HQ hasn't said hello.
  uint64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t window_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<uint64_t> last_granted_ ABSL_GUARDED_BY(mutex_);
  std::deque<Sent> sent_ ABSL_GUARDED_BY(mutex_);
  size_t sent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the last batch: the next one is as long.
  size_t batch_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  LoadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<LoadResult> RunUploads(const UploadsOptions& options,
                                      const CustomerGenerator& generator) {
  Uploads uploads = {
      .options = options, .generator = generator, .counted_from = Clock::now() + options.warm_up};
  std::vector<std::unique_ptr<Uploader>> uploaders;
  for (uint64_t i = 0; i < options.channels; ++i) {
    uploaders.push_back(std::make_unique<Uploader>(uploads, i));
  }
  const double cpu_before = CpuSeconds();
  std::this_thread::sleep_until(uploads.counted_from + options.duration);
  LoadResult result;
  for (const auto& uploader : uploaders) result.Add(uploader->Stop());
  result.seconds = std::chrono::duration<double>(Clock::now() - uploads.counted_from).count();
  result.cpu_seconds = CpuSeconds() - cpu_before;
  return result;
}

}  // namespace comptoir::bench
