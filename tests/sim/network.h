// The network between the channel services and HQ: unary calls and bidirectional streams with the
// faults that a transport can have.
//
// Messages take time. One that is lost breaks what it belongs to, as TCP would: a stream breaks, at
// each end in its own time; a call ends as UNAVAILABLE or at its deadline, whether its request or
// its answer was lost. Within a stream messages keep their order, between calls and streams they
// don't. A unary request may reach HQ twice (a proxy that retries). A node that is down refuses at
// once; one that is partitioned doesn't answer.

#ifndef COMPTOIR_TESTS_SIM_NETWORK_H_
#define COMPTOIR_TESTS_SIM_NETWORK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "channel-service/domain/hq_client.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

// How bad the network is, as probabilities per message.
struct NetworkConditions {
  double drop = 0;
  double delay = 0;
  double duplicate = 0;
  double refuse_create = 0;  // HQ refuses a create before it looks at it
  // HQ's answer with a customer comes long after the call was carried out.
  double hold_up = 0;
};

class Network {
 public:
  Network(Context& context, HqNode& hq);
  ~Network();

  // The client of one channel service; `from` outlives the network.
  std::unique_ptr<channel::HqClient> ClientFor(ChannelNode& from);

  NetworkConditions& conditions() { return conditions_; }
  // While set, messages of this channel service are lost in both directions.
  void Partition(const ChannelNode& node, bool partitioned);
  bool partitioned(const ChannelNode& node) const { return partitioned_.count(&node) > 0; }
  // While set, HQ doesn't accept this channel service's credential.
  void Unauthenticate(const ChannelNode& node, bool unauthenticated);

  // A life has ended: its calls and streams end, for the other side with a broken connection.
  void ChannelCrashed(Owner owner);
  void HqCrashed(Owner owner);

  // Called when the answer to a create that HQ committed is lost: channel service, customer
  // resource name.
  void set_on_answer_lost(std::function<void(ChannelNode&, const std::string&)> on_answer_lost) {
    on_answer_lost_ = std::move(on_answer_lost);
  }

  // Called when an answer is held up: the customer's resource name.
  void set_on_answer_held_up(std::function<void(const std::string&)> on_answer_held_up) {
    on_answer_held_up_ = std::move(on_answer_held_up);
  }

  // One call under way; the client's side.
  class OpenCall;
  class OpenStream;

 private:
  class Client;
  template <typename Response>
  class UnaryCall;
  template <typename Up, typename Down>
  class Stream;

  template <typename Request, typename Response>
  using Method = void (hq::Hq::*)(const Request&, const CallContext&, HqDone<Response>);

  template <typename Request, typename Response>
  void Call(ChannelNode& from, Method<Request, Response> method, const Request& request,
            const CallContext& context, HqDone<Response> done);
  template <typename Request, typename Response>
  void Arrive(ChannelNode& from, Method<Request, Response> method,
              std::shared_ptr<const Request> request, CallContext context,
              std::shared_ptr<UnaryCall<Response>> call, bool answer_matters);
  template <typename Response>
  void Answer(ChannelNode& from, const std::shared_ptr<UnaryCall<Response>>& call,
              absl::StatusOr<HqAnswer<Response>> result, bool is_create);
  void Probe(ChannelNode& from, absl::Time deadline, std::function<void(absl::Status)> done);
  template <typename Up, typename Down, typename Connect>
  std::unique_ptr<StreamWriter<Up>> Open(ChannelNode& from, StreamReader<Down>* reader,
                                         Connect connect);

  // Bytes of a stream of this channel service that may be under way in one direction. (Invariant 7)
  size_t InFlightMax(const ChannelNode& from) const;
  void Trace(const std::string& who, const google::protobuf::Message& message);
  // One message's time on the way; counts a delay.
  absl::Duration Latency();
  // The same of an answer, which may be held up.
  template <typename Response>
  absl::Duration LatencyOf(const absl::StatusOr<HqAnswer<Response>>& answer);
  // True if this message doesn't arrive; counts it.
  bool Lost(const ChannelNode& node);
  // Numbers messages as they are sent and counts those that are overtaken.
  uint64_t Send() { return ++sent_; }
  void Deliver(uint64_t number);

  Context& context_;
  HqNode& hq_;
  SeededRandom random_;
  NetworkConditions conditions_;
  std::set<const ChannelNode*> partitioned_;
  std::set<const ChannelNode*> unauthenticated_;
  std::function<void(ChannelNode&, const std::string&)> on_answer_lost_;
  std::function<void(const std::string&)> on_answer_held_up_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::shared_ptr<OpenCall>> calls_;
  std::map<uint64_t, std::shared_ptr<OpenStream>> streams_;
  uint64_t sent_ = 0;
  uint64_t last_delivered_ = 0;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_NETWORK_H_
