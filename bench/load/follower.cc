#include "bench/load/follower.h"

#include <google/protobuf/message_lite.h>

#include <random>
#include <utility>
#include <vector>

#include "bench/load/buffers.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::bench {
namespace {

using hq::v1::SubscribeRequest;
using hq::v1::SubscribeResponse;

constexpr char kMethod[] = "/comptoir.hq.v1.ReplicationService/SubscribeChanges";

// The first byte of a response says which it is: field and wire type.
constexpr char kBatchTag = static_cast<char>(SubscribeResponse::kBatchFieldNumber << 3 | 2);
constexpr char kHeartbeatTag = static_cast<char>(SubscribeResponse::kHeartbeatFieldNumber << 3 | 2);

// An empty database begins one of its own; HQ takes no stream of one that a newer has replaced.
uint64_t NewLineage() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

grpc::ByteBuffer Hello(const std::string& channel_service, const std::string& channel) {
  SubscribeRequest request;
  auto& hello = *request.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_channel_service(channel_service);
  hello.add_channels(channel);
  hello.set_lineage(NewLineage());
  hello.mutable_epoch()->set_counter(1);
  hello.mutable_epoch()->set_id(hello.lineage());
  hello.mutable_epoch()->set_first_sequence(1);
  return ToBuffer(request.SerializeAsString());
}

char FirstByte(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok() || slices.empty() || slices[0].size() == 0) return 0;
  return static_cast<char>(*slices[0].begin());
}

}  // namespace

Follower::Follower(const std::string& address, const std::string& channel_service,
                   const std::string& channel, std::function<void(const Uuid&)> on_customer)
    : on_customer_(std::move(on_customer)) {
  stub_ = std::make_unique<grpc::GenericStub>(NewConnection(address));
  write_ = Hello(channel_service, channel);
  stub_->PrepareBidiStreamingCall(&context_, kMethod, {}, this);
  StartWrite(&write_);
  StartRead(&read_);
  StartCall();
}

grpc::Status Follower::Stop() {
  context_.TryCancel();
  MutexLock lock(mutex_);
  while (!ended_) ended_changed_.Wait(mutex_);
  return status_;
}

void Follower::OnReadDone(bool ok) {
  if (!ok) return;
  const char tag = FirstByte(read_);
  if (tag == kHeartbeatTag) caught_up_ = true;
  if (tag == kBatchTag) {
    ++batches_;
    SubscribeResponse response;
    if (on_customer_ != nullptr && response.ParseFromString(ToBytes(read_))) {
      for (const auto& change : response.batch().changes()) {
        const auto& record = change.record();
        if (record.kind() == replication::v1::RECORD_KIND_CUSTOMER &&
            record.key().size() == Uuid::kBytes) {
          on_customer_(Uuid::FromBytes(record.key()));
        }
      }
    }
  }
  read_.Clear();
  StartRead(&read_);
  if (tag == kBatchTag) Acknowledge();
}

void Follower::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
  }
  if (ok) Acknowledge();
}

void Follower::OnDone(const grpc::Status& status) {
  broken_ = true;
  MutexLock lock(mutex_);
  status_ = status;
  ended_ = true;
  ended_changed_.NotifyAll();
}

// All that has come, as soon as the last acknowledgement is out.
void Follower::Acknowledge() {
  MutexLock lock(mutex_);
  if (writing_ || acknowledged_ == batches_) return;
  acknowledged_ = batches_;
  writing_ = true;
  SubscribeRequest request;
  request.mutable_acknowledgement()->set_batch(acknowledged_);
  write_ = ToBuffer(request.SerializeAsString());
  StartWrite(&write_);
}

}  // namespace comptoir::bench
