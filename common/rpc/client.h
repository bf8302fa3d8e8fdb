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
#include "common/customer/requests/call_context.h"
#include "common/rpc/status_mapping.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace comptoir::rpc {

struct ConnectionOptions {
  // "HOST:PORT" or "unix:/PATH".
  std::string target;
  size_t message_bytes_max = 64 << 20;
};

// Returns a channel with a connection of its own: gRPC would let channels to one address share one,
// and a stream's backlog would delay calls. It connects when first used and comes back by itself
// within a second of its peer.
std::shared_ptr<grpc::Channel> NewConnection(const ConnectionOptions& options);

// The calls and streams that a client has under way, so that it can end them before it goes.
//
// A call's context shares the connection. Whatever ends a call must destroy the context before
// Ended(): were it the connection's last owner, on one of gRPC's threads, gRPC would wait there for
// that very thread. Thread-safe.
class ClientCalls {
 public:
  ClientCalls() = default;
  // REQUIRES: StopAndWait() was called, or nothing was ever begun.
  ~ClientCalls();

  // Returns false if nothing may be begun any more. Else Forget() and Ended() are owed.
  bool Begin(grpc::ClientContext* context);
  // The context of a call that is over will be destroyed.
  void Forget(grpc::ClientContext* context);
  // The last that a call does with this object and all else.
  void Ended();

  // Cancels what is under way, lets nothing more begin, and returns when all has ended.
  void StopAndWait();

 private:
  Mutex mutex_;
  CondVar ended_;

  // Guarded by mutex_.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mutex_);
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
    HqDone<Response> done;
  };
  auto owned = std::make_unique<Call>();
  SetCallContext(call_context, &owned->context);
  owned->done = std::move(done);
  if (!calls.Begin(&owned->context)) {
    owned->done(ClientStopped());
    return;
  }
  // gRPC calls back exactly once.
  Call* const call = owned.release();
  start(&call->context, &call->response, [&calls, call](const grpc::Status& status) {
    std::unique_ptr<Call> ended(call);
    if (status.ok()) {
      const auto position = PositionOf(ended->context);
      ended->done(HqAnswer<Response>{std::move(ended->response), position});
    } else {
      ended->done(FromGrpc(status));
    }
    calls.Forget(&ended->context);
    ended.reset();
    calls.Ended();
  });
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_CLIENT_H_
