#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "bench/customers/customer_generator.h"
#include "bench/floors/floor_server.h"
#include "bench/floors/floors.h"
#include "bench/load/buffers.h"
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
  Message message;
  COMPTOIR_CHECK(message.ParseFromString(ToBytes(buffer)));
  return message;
}

grpc::ByteBuffer Encoded(const SubscribeResponse& response) {
  return ToBuffer(response.SerializeAsString());
}

// As HQ fills a batch, and as many different customers as make different batches.
constexpr size_t kBatchBytes = 8 << 10;
constexpr uint64_t kDifferentCustomers = 1000;

void AddRecord(replication::v1::RecordKind kind, std::string key, std::string bytes,
               SubscribeResponse& response) {
  auto& record = *response.mutable_batch()->add_changes()->mutable_record();
  record.set_kind(kind);
  record.set_key(std::move(key));
  record.set_record(std::move(bytes));
}

Uuid IdOf(const customer::v1::Customer& customer) {
  const std::string_view name = customer.name();
  const auto id = Uuid::Parse(name.substr(name.find('/') + 1));
  COMPTOIR_CHECK(id.ok());
  return *id;
}

// A batch and how many customers it holds.
struct ReadyBatch {
  grpc::ByteBuffer bytes;
  uint64_t customers = 0;
};

std::vector<ReadyBatch> ReadyBatches(const CustomerGenerator& generator) {
  std::vector<ReadyBatch> batches;
  SubscribeResponse response;
  uint64_t customers = 0;
  for (uint64_t number = 0; number < kDifferentCustomers; ++number) {
    customer::v1::Customer customer = generator.Get(number);
    const std::string id(IdOf(customer).bytes());
    const std::string address = customer.addresses(0).SerializeAsString();
    customer.clear_addresses();
    AddRecord(replication::v1::RECORD_KIND_CUSTOMER, id, customer.SerializeAsString(), response);
    AddRecord(replication::v1::RECORD_KIND_ADDRESS, id + id, address, response);
    ++customers;
    if (response.ByteSizeLong() >= kBatchBytes) {
      batches.push_back({Encoded(response), std::exchange(customers, 0)});
      response.Clear();
    }
  }
  return batches;
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
  Hub(const StreamOptions& options, std::vector<ReadyBatch> ready)
      : options_(options), ready_(std::move(ready)) {}

  void Add(const std::string& channel, Stream* stream) {
    MutexLock lock(mutex_);
    streams_[GroupOf(channel)].insert(stream);
  }
  void Remove(Stream* stream) {
    MutexLock lock(mutex_);
    for (auto& [group, streams] : streams_) streams.erase(stream);
  }
  // Whole batches, the same again and again.
  void SendReady(Stream& stream) const;
  // Encoded once for all.
  void Publish(const customer::v1::CreateCustomerRequest& request) {
    SubscribeResponse response;
    AddRecord(replication::v1::RECORD_KIND_CUSTOMER, std::string(IdOf(request.customer()).bytes()),
              request.customer().SerializeAsString(), response);
    const grpc::ByteBuffer bytes = Encoded(response);
    MutexLock lock(mutex_);
    for (Stream* const stream : streams_[GroupOf(request.channel())]) stream->Send(bytes);
  }

 private:
  // Of channel "followed-12", it is 12 % groups.
  uint64_t GroupOf(const std::string& channel) const {
    return std::strtoul(channel.c_str() + channel.rfind('-') + 1, nullptr, 10) % options_.groups;
  }

  // Constant after construction.
  const StreamOptions& options_;
  const std::vector<ReadyBatch> ready_;

  Mutex mutex_;
  absl::flat_hash_map<uint64_t, absl::flat_hash_set<Stream*>> streams_ ABSL_GUARDED_BY(mutex_);
};

void Hub::SendReady(Stream& stream) const {
  uint64_t sent = 0;
  for (size_t i = 0; sent < options_.ready_customers; ++i) {
    const ReadyBatch& batch = ready_[i % ready_.size()];
    stream.Send(batch.bytes);
    sent += batch.customers;
  }
}

void Stream::OnReadDone(bool ok) {
  if (!ok) return Finish(grpc::Status::OK);
  if (!std::exchange(greeted_, true)) {
    const auto request = Parse<SubscribeRequest>(read_);
    SubscribeResponse response;
    response.mutable_hello();
    Send(Encoded(response));
    hub_.SendReady(*this);
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

void RunStreamFloor(const FloorOptions& options, const StreamOptions& stream) {
  std::vector<ReadyBatch> ready;
  if (stream.ready_customers > 0) {
    const auto generator = CustomerGenerator::Open(stream.samples, 1);
    COMPTOIR_CHECK_OK(generator);
    ready = ReadyBatches(*generator);
  }
  Hub hub(stream, std::move(ready));
  StreamService streams(hub);
  ServeFloor(
      options,
      [&](const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
          grpc::ServerUnaryReactor& reactor) {
        const auto create = Parse<customer::v1::CreateCustomerRequest>(request);
        answer = ToBuffer(create.customer().SerializeAsString());
        reactor.Finish(grpc::Status::OK);
        hub.Publish(create);
      },
      &streams);
}

}  // namespace comptoir::bench
