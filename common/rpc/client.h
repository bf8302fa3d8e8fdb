// Calling another service.

#ifndef COMPTOIR_COMMON_RPC_CLIENT_H_
#define COMPTOIR_COMMON_RPC_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/customer/call_context.h"
#include "common/rpc/status_mapping.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace comptoir::rpc {

struct ConnectionOptions {
  // "HOST:PORT".
  std::string target;
  size_t message_bytes_max = 64 << 20;
};

// Returns a channel with a connection of its own: gRPC would let channels to one address share one,
// and a stream's backlog would delay calls. It connects when first used and comes back by itself
// within a second of its peer.
std::shared_ptr<grpc::Channel> NewConnection(const ConnectionOptions& options);

// The calls and streams that a client has under way, so that it can end them before it goes.
// Thread-safe.
class ClientCalls {
 public:
  ClientCalls() = default;
  // REQUIRES: StopAndWait() was called, or nothing was ever begun.
  ~ClientCalls();

  // Returns false if nothing may be begun any more. Else Ended() is owed, and `context` must live
  // until then.
  bool Begin(grpc::ClientContext* context);
  // The last that a call does with this object.
  void Ended(grpc::ClientContext* context);

  // Cancels what is under way, lets nothing more begin, and returns when all has ended.
  void StopAndWait();

 private:
  Mutex mutex_;
  CondVar ended_;

  // Guarded by mutex_.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<grpc::ClientContext*> under_way_ ABSL_GUARDED_BY(mutex_);
};

// Gives a call the deadline and the language of the call that it is made for.
void SetCallContext(const CallContext& from, grpc::ClientContext* to);

// The position that came with HQ's answer; zero if there was none.
replication::v1::Position PositionOf(const grpc::ClientContext& context);

// The error for what is begun after StopAndWait().
absl::Status ClientStopped();

// Makes one unary call through `start`, which is given the stub's arguments besides the request.
// `done` is called once, on any thread.
template <typename Response>
void CallUnary(
    ClientCalls& calls, const CallContext& call_context,
    absl::FunctionRef<void(grpc::ClientContext*, Response*, std::function<void(grpc::Status)>)>
        start,
    HqDone<Response> done) {
  struct Call {
    grpc::ClientContext context;
    Response response;
  };
  const auto call = std::make_shared<Call>();
  SetCallContext(call_context, &call->context);
  if (!calls.Begin(&call->context)) {
    done(ClientStopped());
    return;
  }
  start(&call->context, &call->response,
        [&calls, call, done = std::move(done)](const grpc::Status& status) {
          if (status.ok()) {
            done(HqAnswer<Response>{std::move(call->response), PositionOf(call->context)});
          } else {
            done(FromGrpc(status));
          }
          calls.Ended(&call->context);
        });
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_CLIENT_H_
