#ifndef COMPTOIR_BENCH_LOAD_FOLLOWER_H_
#define COMPTOIR_BENCH_LOAD_FOLLOWER_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/uuid.h"

namespace comptoir::bench {

// Channels and their channel services, as bench/harness/chains.py configures them.
inline std::string FollowedChannel(uint64_t channel) { return absl::StrCat("followed-", channel); }
inline std::string FollowerName(uint64_t number) { return absl::StrCat("follower-", number); }

// One subscription to HQ's changes: takes and acknowledges all batches, as a channel service with
// an empty database would, and keeps nothing. Its callbacks come on gRPC's threads.
class Follower : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // `on_customer`, if there is one, is called with each customer that comes.
  Follower(const std::string& address, const std::string& channel_service,
           const std::string& channel, std::function<void(const Uuid&)> on_customer);

  // Waits until the stream has ended; how it did: cancelled, unless it is broken.
  grpc::Status Stop();

  // HQ had nothing more to send at some time.
  bool caught_up() const { return caught_up_; }
  // Batches that came.
  uint64_t batches() const { return batches_; }
  // The stream has ended by itself.
  bool broken() const { return broken_; }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  void Acknowledge();

  // Constant after construction.
  const std::function<void(const Uuid&)> on_customer_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;

  grpc::ByteBuffer read_;
  std::atomic<bool> caught_up_ = false;
  std::atomic<bool> broken_ = false;
  std::atomic<uint64_t> batches_ = 0;

  Mutex mutex_;
  CondVar ended_changed_;
  // Guarded by mutex_.
  grpc::ByteBuffer write_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;
  uint64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_FOLLOWER_H_
