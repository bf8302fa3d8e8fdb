#include "tests/sim/network.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/customers.h"

namespace comptoir::sim {

namespace {

using customer::v1::Address;
using customer::v1::Customer;
using hq::v1::SubscribeRequest;
using hq::v1::SubscribeResponse;
using hq::v1::UploadRequest;
using hq::v1::UploadResponse;

constexpr absl::Duration kLatencyMin = absl::Microseconds(200);
constexpr absl::Duration kLatencyMax = absl::Milliseconds(8);
// Of a message that is delayed: sometimes longer than a create waits for HQ.
constexpr absl::Duration kDelayMax = absl::Milliseconds(700);
// When a broken connection is noticed.
constexpr absl::Duration kBreakMax = absl::Seconds(3);

absl::Status Refused() { return absl::UnavailableError("connection refused"); }
absl::Status Broken() { return absl::UnavailableError("connection broken"); }

}  // namespace

class Network::OpenCall {
 public:
  virtual ~OpenCall() = default;
  virtual void Fail(absl::Status status) = 0;
  // The caller is gone: nobody is answered.
  virtual void Abandon() = 0;

  Owner caller;
  // HQ's life that works on it, if one does.
  Owner callee;
};

template <typename Response>
class Network::UnaryCall : public OpenCall {
 public:
  UnaryCall(Network& network, uint64_t id, HqDone<Response> done)
      : network_(network), id_(id), done_(std::move(done)) {}

  bool open() const { return done_ != nullptr; }
  void set_deadline(EventId deadline) { deadline_ = deadline; }

  void Finish(absl::StatusOr<HqAnswer<Response>> result) {
    if (!open()) return;
    const HqDone<Response> done = std::exchange(done_, nullptr);
    network_.context_.scheduler().Cancel(deadline_);
    const auto keep = network_.calls_.extract(id_);
    done(std::move(result));
  }
  void Fail(absl::Status status) override { Finish(std::move(status)); }
  void Abandon() override {
    done_ = nullptr;
    network_.context_.scheduler().Cancel(deadline_);
  }

 private:
  Network& network_;
  const uint64_t id_;
  HqDone<Response> done_;
  EventId deadline_;
};

class Network::OpenStream {
 public:
  virtual ~OpenStream() = default;
  virtual void ChannelGone() = 0;
  virtual void HqGone() = 0;

  Owner channel_owner;
  Owner hq_owner;  // default: not connected yet
};

// Both ends of a stream. `Up` travels from the channel service to HQ.
template <typename Up, typename Down>
class Network::Stream : public OpenStream, public std::enable_shared_from_this<Stream<Up, Down>> {
 public:
  using Connect = std::function<std::unique_ptr<StreamReader<Up>>(
      hq::Hq&, std::unique_ptr<StreamWriter<Down>>)>;

  Stream(Network& network, uint64_t id, ChannelNode& from, StreamReader<Down>* reader)
      : network_(network), id_(id), from_(from), channel_reader_(reader) {
    channel_owner = from.owner();
  }

  // What one end writes to. Destroyed without Finish, it cancels.
  template <typename Message, bool kAtChannel>
  class Writer : public StreamWriter<Message> {
   public:
    Writer(std::shared_ptr<Stream> stream, Owner owner)
        : stream_(std::move(stream)), owner_(owner) {}
    ~Writer() override {
      if (!finished_) End(absl::CancelledError("stream dropped"));
    }
    void Write(Message message) override {
      if (finished_ || !Alive()) return;
      if constexpr (kAtChannel) {
        stream_->SendUp(std::move(message));
      } else {
        stream_->SendDown(std::move(message));
      }
    }
    void Finish(absl::Status status) override { End(std::move(status)); }

   private:
    bool Alive() const {
      return kAtChannel ? stream_->from_.owner() == owner_
                        : stream_->network_.hq_.owner() == owner_;
    }
    void End(absl::Status status) {
      if (std::exchange(finished_, true) || !Alive()) return;
      if constexpr (kAtChannel) {
        stream_->FinishedByChannel(std::move(status));
      } else {
        stream_->FinishedByHq(std::move(status));
      }
    }

    const std::shared_ptr<Stream> stream_;
    const Owner owner_;
    bool finished_ = false;
  };

  void ConnectLater(Connect connect) {
    const auto self = this->shared_from_this();
    if (network_.Lost(from_)) {
      up_.lost = true;
      CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
      return;
    }
    Schedule(up_, kWorld, [self, connect = std::move(connect)] { self->ConnectNow(connect); });
  }

  void SendUp(Up message) {
    if (channel_closed_) return;
    const size_t bytes = message.ByteSizeLong();
    network_.Trace(from_.name() + " up", message);
    auto shared = std::make_shared<Up>(std::move(message));
    SendOn(up_, bytes, [self = this->shared_from_this(), shared, bytes] {
      self->up_.bytes -= bytes;
      if (self->HqListens()) self->hq_reader_->OnMessage(std::move(*shared));
    });
  }

  void SendDown(Down message) {
    if (hq_closed_) return;
    const size_t bytes = message.ByteSizeLong();
    network_.Trace(from_.name() + " dn", message);
    auto shared = std::make_shared<Down>(std::move(message));
    SendOn(down_, bytes, [self = this->shared_from_this(), shared, bytes] {
      self->down_.bytes -= bytes;
      if (self->ChannelListens()) self->channel_reader_->OnMessage(std::move(*shared));
    });
  }

  void FinishedByChannel(absl::Status status) {
    CloseChannel(status, network_.Latency());
    const auto self = this->shared_from_this();
    if (up_.lost)
      return CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    Schedule(up_, kWorld, [self, status] { self->CloseHqNow(status); });
  }

  void FinishedByHq(absl::Status status) {
    CloseHq(status, network_.Latency());
    const auto self = this->shared_from_this();
    if (down_.lost || network_.Lost(from_))
      return CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    Schedule(down_, kWorld, [self, status] { self->CloseChannelNow(status); });
  }

  void ChannelGone() override {
    channel_reader_ = nullptr;
    channel_closed_ = true;
    // HQ hears of it soon, or after a while if the machine is gone.
    const absl::Duration most = network_.random_.OneIn(4) ? kBreakMax : absl::Milliseconds(20);
    CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), most));
  }

  void HqGone() override {
    hq_reader_.reset();
    hq_closed_ = true;
    const absl::Duration most = network_.random_.OneIn(4) ? kBreakMax : absl::Milliseconds(20);
    CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), most));
  }

 private:
  struct Direction {
    absl::Time last_arrival = absl::InfinitePast();
    // Written and not yet delivered.
    size_t bytes = 0;
    // A message was lost: nothing after it arrives.
    bool lost = false;
  };

  bool HqListens() const {
    return hq_reader_ != nullptr && !hq_closed_ && network_.hq_.owner() == hq_owner;
  }
  bool ChannelListens() const {
    return channel_reader_ != nullptr && !channel_closed_ && from_.owner() == channel_owner;
  }

  // Runs `task` when what is sent now arrives: after everything sent before.
  void Schedule(Direction& direction, Owner owner, std::function<void()> task) {
    Scheduler& scheduler = network_.context_.scheduler();
    const absl::Time arrival = std::max(direction.last_arrival + absl::Microseconds(1),
                                        scheduler.now() + network_.Latency());
    direction.last_arrival = arrival;
    scheduler.After(arrival - scheduler.now(), owner, std::move(task));
  }

  void SendOn(Direction& direction, size_t bytes, std::function<void()> deliver) {
    if (direction.lost) return;
    if (network_.Lost(from_)) {
      direction.lost = true;
      Break();
      return;
    }
    direction.bytes += bytes;
    if (direction.bytes > network_.InFlightMax()) {
      network_.context_.Fail(from_.name(), absl::StrCat(direction.bytes, " bytes are under way"));
    }
    const uint64_t number = network_.Send();
    Schedule(direction, kWorld, [this, number, deliver = std::move(deliver)] {
      network_.Deliver(number);
      deliver();
    });
  }

  void Break() {
    CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
  }

  void ConnectNow(const Connect& connect) {
    // Broken before it was connected: HQ never hears of it.
    if (channel_closed_ || hq_closed_) return;
    if (!network_.hq_.up()) return CloseChannel(Refused(), network_.Latency());
    if (network_.unauthenticated_.count(&from_) > 0) {
      network_.context_.Count(Fault::kHqUnauthenticated);
      return CloseChannel(MakeError(Reason::kUnauthenticated, "The credential isn't valid."),
                          network_.Latency());
    }
    hq_owner = network_.hq_.owner();
    auto writer =
        std::make_unique<Writer<Down, false>>(this->shared_from_this(), network_.hq_.owner());
    auto reader = connect(network_.hq_.service(), std::move(writer));
    // HQ may have finished the stream before it returned.
    hq_reader_ = std::move(reader);
  }

  void CloseChannel(absl::Status status, absl::Duration delay) {
    network_.context_.scheduler().After(
        delay, kWorld, [self = this->shared_from_this(), status = std::move(status)] {
          self->CloseChannelNow(status);
        });
  }
  void CloseHq(absl::Status status, absl::Duration delay) {
    network_.context_.scheduler().After(
        delay, kWorld, [self = this->shared_from_this(), status = std::move(status)] {
          self->CloseHqNow(status);
        });
  }

  void CloseChannelNow(const absl::Status& status) {
    if (std::exchange(channel_closed_, true)) return;
    StreamReader<Down>* const reader = std::exchange(channel_reader_, nullptr);
    if (reader != nullptr && from_.owner() == channel_owner) reader->OnClosed(status);
    // An end that is closed is closed for the other one too, as soon as that hears of it.
    if (!hq_closed_) CloseHq(Broken(), network_.Latency());
    Forget();
  }

  void CloseHqNow(const absl::Status& status) {
    // A stream that isn't connected yet connects first; then it is closed.
    if (std::exchange(hq_closed_, true)) return;
    const std::unique_ptr<StreamReader<Up>> reader = std::move(hq_reader_);
    if (reader != nullptr && network_.hq_.owner() == hq_owner) reader->OnClosed(status);
    if (!channel_closed_) CloseChannel(Broken(), network_.Latency());
    Forget();
  }

  void Forget() {
    if (channel_closed_ && (hq_closed_ || hq_reader_ == nullptr)) network_.streams_.erase(id_);
  }

  Network& network_;
  const uint64_t id_;
  ChannelNode& from_;
  StreamReader<Down>* channel_reader_;
  std::unique_ptr<StreamReader<Up>> hq_reader_;
  Direction up_;
  Direction down_;
  bool channel_closed_ = false;
  bool hq_closed_ = false;
};

class Network::Client : public channel::HqClient {
 public:
  Client(Network& network, ChannelNode& from) : network_(network), from_(from) {}

  void CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                      const CallContext& context, HqDone<Customer> done) override {
    network_.Call(from_, &hq::Hq::CreateCustomer, request, context, std::move(done));
  }
  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request,
                      const CallContext& context, HqDone<Customer> done) override {
    network_.Call(from_, &hq::Hq::UpdateCustomer, request, context, std::move(done));
  }
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& context,
                     HqDone<Address> done) override {
    network_.Call(from_, &hq::Hq::CreateAddress, request, context, std::move(done));
  }
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& context,
                     HqDone<Address> done) override {
    network_.Call(from_, &hq::Hq::UpdateAddress, request, context, std::move(done));
  }
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& context, HqDone<Address> done) override {
    network_.Call(from_, &hq::Hq::DeactivateAddress, request, context, std::move(done));
  }
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& context, HqDone<Customer> done) override {
    network_.Call(from_, &hq::Hq::EnsureSynchronized, request, context, std::move(done));
  }
  void Probe(absl::Time deadline, std::function<void(absl::Status)> done) override {
    network_.Probe(from_, deadline, std::move(done));
  }
  std::unique_ptr<StreamWriter<UploadRequest>> UploadOperations(
      StreamReader<UploadResponse>* reader) override {
    return network_.Open<UploadRequest, UploadResponse>(
        from_, reader, [](hq::Hq& hq, std::unique_ptr<StreamWriter<UploadResponse>> writer) {
          return hq.UploadOperations(std::move(writer));
        });
  }
  std::unique_ptr<StreamWriter<SubscribeRequest>> SubscribeChanges(
      StreamReader<SubscribeResponse>* reader) override {
    return network_.Open<SubscribeRequest, SubscribeResponse>(
        from_, reader, [](hq::Hq& hq, std::unique_ptr<StreamWriter<SubscribeResponse>> writer) {
          return hq.SubscribeChanges(std::move(writer));
        });
  }

 private:
  Network& network_;
  ChannelNode& from_;
};

Network::Network(Context& context, HqNode& hq)
    : context_(context), hq_(hq), random_(context.NewRandom()) {}
Network::~Network() = default;

std::unique_ptr<channel::HqClient> Network::ClientFor(ChannelNode& from) {
  return std::make_unique<Client>(*this, from);
}

void Network::Partition(const ChannelNode& node, bool partitioned) {
  if (partitioned) {
    partitioned_.insert(&node);
  } else {
    partitioned_.erase(&node);
  }
}

void Network::Unauthenticate(const ChannelNode& node, bool unauthenticated) {
  if (unauthenticated) {
    unauthenticated_.insert(&node);
  } else {
    unauthenticated_.erase(&node);
  }
}

size_t Network::InFlightMax() const {
  // Hellos, acknowledgements and one batch that is larger than the window.
  constexpr size_t kBesidesWindow = 64 << 10;
  const hq::HqOptions& options = hq_.options();
  return std::max(options.upload_window_bytes_max, options.subscribe_window_bytes_max) +
         options.change_batch_bytes_max + kBesidesWindow;
}

void Network::Trace(const std::string& who, const google::protobuf::Message& message) {
  constexpr size_t kTextMax = 2000;
  context_.Trace(who, [&] { return message.ShortDebugString().substr(0, kTextMax); });
}

absl::Duration Network::Latency() {
  if (Chance(random_, conditions_.delay)) {
    context_.Count(Fault::kDelay);
    return Between(random_, kLatencyMax, kDelayMax);
  }
  return Between(random_, kLatencyMin, kLatencyMax);
}

bool Network::Lost(const ChannelNode& node) {
  if (partitioned(node)) return true;
  if (!Chance(random_, conditions_.drop)) return false;
  context_.Count(Fault::kDrop);
  return true;
}

void Network::Deliver(uint64_t number) {
  if (number < last_delivered_) context_.Count(Fault::kReorder);
  last_delivered_ = std::max(last_delivered_, number);
}

template <typename Request, typename Response>
void Network::Call(ChannelNode& from, Method<Request, Response> method, const Request& request,
                   const CallContext& context, HqDone<Response> done) {
  if (!from.up()) return;
  const uint64_t id = ++last_id_;
  auto call = std::make_shared<UnaryCall<Response>>(*this, id, std::move(done));
  call->caller = from.owner();
  calls_.emplace(id, call);
  // Deadlines travel as the time that is left: clocks differ.
  const absl::Duration left = context.deadline - from.clock().Now();
  if (left < absl::InfiniteDuration()) {
    call->set_deadline(context_.scheduler().After(left, from.owner(), [call] {
      call->Fail(absl::DeadlineExceededError("deadline exceeded"));
    }));
  }
  const auto shared = std::make_shared<const Request>(request);
  CallContext at_hq = context;
  const auto send = [&](bool answer_matters) {
    if (Lost(from)) {
      if (random_.OneIn(2)) {
        context_.scheduler().After(Between(random_, absl::ZeroDuration(), kBreakMax), from.owner(),
                                   [call] { call->Fail(Broken()); });
      }
      return;
    }
    const absl::Duration latency = Latency();
    const uint64_t number = Send();
    context_.scheduler().After(latency, kWorld, [=, this, &from] {
      Deliver(number);
      CallContext arrived = at_hq;
      arrived.deadline = hq_.clock().Now() + left - latency;
      Arrive<Request, Response>(from, method, shared, arrived, call, answer_matters);
    });
  };
  const bool twice = Chance(random_, conditions_.duplicate);
  if (twice) {
    // A proxy that didn't see the answer to the first one.
    context_.Count(Fault::kDuplicate);
    send(/*answer_matters=*/false);
  }
  send(/*answer_matters=*/true);
}

template <typename Request, typename Response>
void Network::Arrive(ChannelNode& from, Method<Request, Response> method,
                     std::shared_ptr<const Request> request, CallContext context,
                     std::shared_ptr<UnaryCall<Response>> call, bool answer_matters) {
  const auto fail = [&](absl::Status status) {
    if (!answer_matters) return;
    context_.scheduler().After(Latency(), call->caller, [call, status] { call->Fail(status); });
  };
  if (!hq_.up()) return fail(Refused());
  if (unauthenticated_.count(&from) > 0) {
    context_.Count(Fault::kHqUnauthenticated);
    return fail(MakeError(Reason::kUnauthenticated, "The credential isn't valid."));
  }
  constexpr bool is_create = std::is_same_v<Request, customer::v1::CreateCustomerRequest>;
  if (is_create && answer_matters && Chance(random_, conditions_.refuse_create)) {
    context_.Count(Fault::kHqRefusing);
    FieldViolations violations;
    violations.Add("customer", "SIMULATED", "Refused by the simulator.");
    return fail(violations.ToStatus());
  }
  if (answer_matters) call->callee = hq_.owner();
  auto answered = std::make_shared<bool>(false);
  (hq_.service().*method)(*request, context,
                          [=, this, &from](absl::StatusOr<HqAnswer<Response>> result) {
                            if (std::exchange(*answered, true))
                              context_.Fail("hq", "a call was answered twice");
                            if (answer_matters)
                              Answer<Response>(from, call, std::move(result), is_create);
                          });
}

template <typename Response>
void Network::Answer(ChannelNode& from, const std::shared_ptr<UnaryCall<Response>>& call,
                     absl::StatusOr<HqAnswer<Response>> result, bool is_create) {
  call->callee = Owner();
  if (Lost(from)) {
    if (is_create && result.ok() && call->open() && on_answer_lost_) {
      on_answer_lost_(from, result->value.name());
    }
    if (random_.OneIn(2)) {
      context_.scheduler().After(Between(random_, absl::ZeroDuration(), kBreakMax), call->caller,
                                 [call] { call->Fail(Broken()); });
    }
    return;
  }
  const uint64_t number = Send();
  auto shared = std::make_shared<absl::StatusOr<HqAnswer<Response>>>(std::move(result));
  context_.scheduler().After(Latency(), call->caller, [=, this, &from] {
    Deliver(number);
    if constexpr (std::is_same_v<Response, Customer>) {
      if (!call->open() && is_create && shared->ok() && on_answer_lost_) {
        on_answer_lost_(from, (*shared)->value.name());
      }
      if (call->open() && shared->ok()) {
        const auto id = ParseCustomerName((*shared)->value.name());
        const auto held = id.ok() ? FindCustomer(from.latest(), *id) : absl::NotFoundError("");
        if (held.ok() && held->has_value() &&
            (*held)->version() >= (*shared)->position.sequence()) {
          context_.Count(Fault::kLateAnswer);
        }
      }
    }
    call->Finish(std::move(*shared));
  });
}

void Network::Probe(ChannelNode& from, absl::Time deadline,
                    std::function<void(absl::Status)> done) {
  if (!from.up()) return;
  const uint64_t id = ++last_id_;
  // A probe is a call whose answer says nothing.
  auto call = std::make_shared<UnaryCall<bool>>(
      *this, id,
      [done = std::move(done)](absl::StatusOr<HqAnswer<bool>> result) { done(result.status()); });
  call->caller = from.owner();
  calls_.emplace(id, call);
  const Owner caller = from.owner();
  call->set_deadline(context_.scheduler().After(deadline - from.clock().Now(), caller, [call] {
    call->Fail(absl::DeadlineExceededError("deadline exceeded"));
  }));
  if (Lost(from)) {
    if (random_.OneIn(2)) {
      context_.scheduler().After(Latency(), caller, [call] { call->Fail(Broken()); });
    }
    return;
  }
  context_.scheduler().After(Latency(), kWorld, [=, this, &from] {
    if (Lost(from)) return;
    const bool up = hq_.up();
    context_.scheduler().After(Latency(), caller, [call, up] {
      if (up) {
        call->Finish(HqAnswer<bool>{.value = true});
      } else {
        call->Fail(Refused());
      }
    });
  });
}

template <typename Up, typename Down, typename Connect>
std::unique_ptr<StreamWriter<Up>> Network::Open(ChannelNode& from, StreamReader<Down>* reader,
                                                Connect connect) {
  using TheStream = Stream<Up, Down>;
  const uint64_t id = ++last_id_;
  auto stream = std::make_shared<TheStream>(*this, id, from, reader);
  streams_.emplace(id, stream);
  stream->ConnectLater(connect);
  return std::make_unique<typename TheStream::template Writer<Up, true>>(stream, from.owner());
}

void Network::ChannelCrashed(Owner owner) {
  std::vector<std::shared_ptr<OpenCall>> calls;
  for (const auto& [id, call] : calls_) {
    if (call->caller == owner) calls.push_back(call);
  }
  for (const auto& call : calls) call->Abandon();
  std::erase_if(calls_, [&](const auto& entry) { return entry.second->caller == owner; });
  std::vector<std::shared_ptr<OpenStream>> streams;
  for (const auto& [id, stream] : streams_) {
    if (stream->channel_owner == owner) streams.push_back(stream);
  }
  for (const auto& stream : streams) stream->ChannelGone();
}

void Network::HqCrashed(Owner owner) {
  for (const auto& [id, call] : calls_) {
    if (call->callee != owner) continue;
    call->callee = Owner();
    context_.scheduler().After(Between(random_, absl::Milliseconds(1), absl::Milliseconds(20)),
                               call->caller, [call = call] { call->Fail(Broken()); });
  }
  std::vector<std::shared_ptr<OpenStream>> streams;
  for (const auto& [id, stream] : streams_) {
    if (stream->hq_owner == owner) streams.push_back(stream);
  }
  for (const auto& stream : streams) stream->HqGone();
}

}  // namespace comptoir::sim
