#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "bench/floors/floor_server.h"
#include "bench/floors/floors.h"
#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"

namespace comptoir::bench {
namespace {

using hq::v1::ReplicationService;
using hq::v1::SubscribeRequest;
using hq::v1::SubscribeResponse;

template <typename Message>
Message Parse(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  COMPTOIR_CHECK(buffer.Dump(&slices).ok());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  Message message;
  COMPTOIR_CHECK(message.ParseFromString(bytes));
  return message;
}

grpc::ByteBuffer Encoded(const SubscribeResponse& response) {
  const grpc::Slice slice(response.SerializeAsString());
  return {&slice, 1};
}

class Hub;

// A stream: sends what it is given, in order; takes acknowledgements and looks at none.
class Stream : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Stream(Hub& hub) : hub_(hub) { StartRead(&read_); }

  void Send(const grpc::ByteBuffer& bytes) {
    MutexLock lock(mutex_);
    waiting_.push_back(bytes);
    if (waiting_.size() == 1) StartWrite(&waiting_.front());
  }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    if (!ok) return;
    waiting_.pop_front();
    if (!waiting_.empty()) StartWrite(&waiting_.front());
  }
  void OnDone() override;

 private:
  // Constant after construction.
  Hub& hub_;

  bool greeted_ = false;
  grpc::ByteBuffer read_;
  Mutex mutex_;
  // The first is being written.
  std::deque<grpc::ByteBuffer> waiting_ ABSL_GUARDED_BY(mutex_);
};

// Who follows which group of channels. Thread-safe.
class Hub {
 public:
  explicit Hub(uint64_t groups) : groups_(groups) {}

  void Add(const std::string& channel, Stream* stream) {
    MutexLock lock(mutex_);
    streams_[GroupOf(channel)].insert(stream);
  }
  void Remove(Stream* stream) {
    MutexLock lock(mutex_);
    for (auto& [group, streams] : streams_) streams.erase(stream);
  }
  // Encoded once for all.
  void Publish(const customer::v1::CreateCustomerRequest& request) {
    const std::string_view name = request.customer().name();
    const auto id = Uuid::Parse(name.substr(name.find('/') + 1));
    COMPTOIR_CHECK(id.ok());
    SubscribeResponse response;
    auto& record = *response.mutable_batch()->add_changes()->mutable_record();
    record.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
    record.set_key(std::string(id->bytes()));
    record.set_record(request.customer().SerializeAsString());
    const grpc::ByteBuffer bytes = Encoded(response);
    MutexLock lock(mutex_);
    for (Stream* const stream : streams_[GroupOf(request.channel())]) stream->Send(bytes);
  }

 private:
  // Of channel "followed-12", it is 12 % groups.
  uint64_t GroupOf(const std::string& channel) const {
    return std::strtoul(channel.c_str() + channel.rfind('-') + 1, nullptr, 10) % groups_;
  }

  // Constant after construction.
  const uint64_t groups_;

  Mutex mutex_;
  absl::flat_hash_map<uint64_t, absl::flat_hash_set<Stream*>> streams_ ABSL_GUARDED_BY(mutex_);
};

void Stream::OnReadDone(bool ok) {
  if (!ok) return Finish(grpc::Status::OK);
  if (!std::exchange(greeted_, true)) {
    const auto request = Parse<SubscribeRequest>(read_);
    SubscribeResponse response;
    response.mutable_hello();
    Send(Encoded(response));
    response.mutable_heartbeat();
    Send(Encoded(response));
    hub_.Add(request.hello().channels(0), this);
  }
  read_.Clear();
  StartRead(&read_);
}

void Stream::OnDone() {
  hub_.Remove(this);
  delete this;
}

class StreamService : public ReplicationService::WithRawCallbackMethod_SubscribeChanges<
                          ReplicationService::Service> {
 public:
  explicit StreamService(Hub& hub) : hub_(hub) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubscribeChanges(
      grpc::CallbackServerContext*) override {
    return new Stream(hub_);
  }

 private:
  Hub& hub_;
};

}  // namespace

void RunStreamFloor(const FloorOptions& options, uint64_t groups) {
  Hub hub(groups);
  StreamService streams(hub);
  ServeFloor(
      options,
      [&](const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
          grpc::ServerUnaryReactor& reactor) {
        const auto create = Parse<customer::v1::CreateCustomerRequest>(request);
        const grpc::Slice bytes(create.customer().SerializeAsString());
        answer = grpc::ByteBuffer(&bytes, 1);
        reactor.Finish(grpc::Status::OK);
        hub.Publish(create);
      },
      &streams);
}

}  // namespace comptoir::bench
