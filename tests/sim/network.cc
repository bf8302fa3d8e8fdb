#include "tests/sim/network.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "tests/sim/network_stream.h"

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
// Of an answer that is held up: longer than the stream takes, mostly shorter than a create waits.
constexpr absl::Duration kHoldUpMin = absl::Milliseconds(50);
constexpr absl::Duration kHoldUpMax = absl::Milliseconds(280);
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
  void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                        const CallContext& context,
                        HqDone<customer::v1::LoyaltyCard> done) override {
    network_.Call(from_, &hq::Hq::IssueLoyaltyCard, request, context, std::move(done));
  }
  void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request,
                      const CallContext& context, HqDone<customer::v1::LoyaltyCard> done) override {
    network_.Call(from_, &hq::Hq::TieLoyaltyCard, request, context, std::move(done));
  }
  void SearchCustomers(const customer::v1::SearchCustomersRequest& request,
                       const CallContext& context,
                       HqDone<customer::v1::SearchCustomersResponse> done) override {
    network_.Call(from_, &hq::Hq::SearchCustomers, request, context, std::move(done));
  }
  void ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                          const CallContext& context,
                          HqDone<customer::v1::ListConsentChangesResponse> done) override {
    network_.Call(from_, &hq::Hq::ListConsentChanges, request, context, std::move(done));
  }
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& context,
                   HqDone<customer::v1::Customer> done) override {
    network_.Call(from_, &hq::Hq::GetCustomer, request, context, std::move(done));
  }
  void ListCustomers(const customer::v1::ListCustomersRequest& request, const CallContext& context,
                     HqDone<customer::v1::ListCustomersResponse> done) override {
    network_.Call(from_, &hq::Hq::ListCustomers, request, context, std::move(done));
  }
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& context,
                  HqDone<customer::v1::Address> done) override {
    network_.Call(from_, &hq::Hq::GetAddress, request, context, std::move(done));
  }
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& context,
                     HqDone<customer::v1::ListAddressesResponse> done) override {
    network_.Call(from_, &hq::Hq::ListAddresses, request, context, std::move(done));
  }
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& context, HqDone<Customer> done) override {
    network_.Call(from_, &hq::Hq::EnsureSynchronized, request, context, std::move(done));
  }
  void OpenCustomer(const hq::v1::OpenCustomerRequest& request, const CallContext& context,
                    HqDone<hq::v1::OpenCustomerResponse> done) override {
    network_.Call(from_, &hq::Hq::OpenCustomer, request, context, std::move(done));
  }
  void Probe(absl::Time deadline, std::function<void(absl::Status)> done) override {
    network_.Probe(from_, deadline, std::move(done));
  }
  std::unique_ptr<StreamWriter<UploadRequest>> UploadOperations(
      StreamReader<UploadResponse>* reader) override {
    return network_.Open<UploadRequest, UploadResponse>(
        from_, reader,
        [&context = network_.context_](hq::Hq& hq,
                                       std::unique_ptr<StreamWriter<UploadResponse>> writer) {
          context.CarriedOut<UploadRequest>();
          return hq.UploadOperations(std::move(writer));
        });
  }
  std::unique_ptr<StreamWriter<SubscribeRequest>> SubscribeChanges(
      StreamReader<SubscribeResponse>* reader) override {
    return network_.Open<SubscribeRequest, SubscribeResponse>(
        from_, reader,
        [&context = network_.context_](hq::Hq& hq,
                                       std::unique_ptr<StreamWriter<SubscribeResponse>> writer) {
          context.CarriedOut<SubscribeRequest>();
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

size_t Network::InFlightMax(const ChannelNode& from) const {
  // Hellos, acknowledgements and one batch that is larger than the window.
  constexpr size_t kBesidesWindow = 64 << 10;
  const hq::HqOptions& options = hq_.options();
  return std::max(options.upload_window_bytes_max, options.subscribe_window_bytes_max) +
         std::max(options.change_batch_bytes_max, from.options().upload_batch_bytes_max) +
         kBesidesWindow;
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

template <typename Response>
absl::Duration Network::LatencyOf(const absl::StatusOr<HqAnswer<Response>>& answer) {
  if constexpr (std::is_same_v<Response, Customer>) {
    if (conditions_.hold_up > 0 && answer.ok() && Chance(random_, conditions_.hold_up)) {
      if (on_answer_held_up_) on_answer_held_up_(answer->value.name());
      return Between(random_, kHoldUpMin, kHoldUpMax);
    }
  }
  return Latency();
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
                            if (result.ok()) context_.CarriedOut<Request>();
                            if (answer_matters)
                              Answer<Response>(from, call, std::move(result), is_create);
                          });
}

template <typename Response>
void Network::Answer(ChannelNode& from, const std::shared_ptr<UnaryCall<Response>>& call,
                     absl::StatusOr<HqAnswer<Response>> result, bool is_create) {
  call->callee = Owner();
  if (Lost(from)) {
    if constexpr (std::is_same_v<Response, Customer>) {
      if (is_create && result.ok() && call->open() && on_answer_lost_) {
        on_answer_lost_(from, result->value.name());
      }
    }
    if (random_.OneIn(2)) {
      context_.scheduler().After(Between(random_, absl::ZeroDuration(), kBreakMax), call->caller,
                                 [call] { call->Fail(Broken()); });
    }
    return;
  }
  const uint64_t number = Send();
  const absl::Duration latency = LatencyOf(result);
  auto shared = std::make_shared<absl::StatusOr<HqAnswer<Response>>>(std::move(result));
  auto* const source = &from;
  context_.scheduler().After(latency, call->caller, [=, this] {
    Deliver(number);
    if constexpr (std::is_same_v<Response, Customer>) {
      if (!call->open() && is_create && shared->ok() && on_answer_lost_) {
        on_answer_lost_(*source, (*shared)->value.name());
      }
      if (call->open() && shared->ok()) {
        const auto id = ParseCustomerName((*shared)->value.name());
        const auto held = id.ok() ? FindCustomer(source->latest(), *id) : absl::NotFoundError("");
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
