// Streams that a server answers, between gRPC and a state machine on an executor.

#ifndef COMPTOIR_COMMON_RPC_SERVER_STREAM_H_
#define COMPTOIR_COMMON_RPC_SERVER_STREAM_H_

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "common/base/executor.h"
#include "common/replication/stream.h"
#include "common/rpc/calls.h"
#include "common/rpc/status_mapping.h"
#include "common/rpc/stream_core.h"
#include "grpcpp/support/server_callback.h"

namespace comptoir::rpc {

// Counts one stream from construction to destruction.
class StreamTicket {
 public:
  // `method` is a literal. Check status(): a stream that isn't let in must end with it.
  StreamTicket(Calls& calls, std::string_view method)
      : calls_(calls), method_(method), status_(calls.Begin(Calls::Kind::kStream, method)) {}
  ~StreamTicket() {
    if (status_.ok()) calls_.Ended(Calls::Kind::kStream, method_, outcome_, {});
  }

  StreamTicket(const StreamTicket&) = delete;
  StreamTicket& operator=(const StreamTicket&) = delete;

  const absl::Status& status() const { return status_; }
  void set_outcome(const absl::Status& outcome) { outcome_ = outcome; }

 private:
  // Constant after construction.
  Calls& calls_;
  const std::string_view method_;
  const absl::Status status_;

  absl::Status outcome_ = absl::CancelledError();
};

namespace server_stream_internal {

// What both kinds of reactor have in common. Reactor is gRPC's; the object deletes itself in
// OnDone.
template <typename In, typename Out, typename Reactor>
class Stream : public Reactor, public StreamWire<In, Out> {
 public:
  using Core = StreamCore<In, Out>;

  Stream(Calls& calls, std::string_view method, Executor& executor, bool latest_only)
      : ticket_(calls, method),
        core_(std::make_shared<Core>(
            typename Core::Options{.role = StreamRole::kServer, .latest_only = latest_only},
            executor, this)) {}

  void Open(typename Core::OpenReader open) {
    if (ticket_.status().ok()) {
      core_->Open(std::move(open));
    } else {
      core_->Finish(ticket_.status());
    }
  }

  void OnWriteDone(bool ok) override { core_->WriteDone(ok); }
  void OnCancel() override { core_->Finish(absl::CancelledError("cancelled by the peer")); }
  void OnDone() override {
    core_->Done(absl::OkStatus());
    delete this;
  }

  void StartWrite(const Out* message) override { Reactor::StartWrite(message); }
  void End(const absl::Status& status) override {
    ticket_.set_outcome(status);
    Reactor::Finish(ToGrpc(status));
  }
  void Release() override {}

 protected:
  Core& core() { return *core_; }

 private:
  StreamTicket ticket_;
  const std::shared_ptr<Core> core_;
};

template <typename In, typename Out>
class BidiStream : public Stream<In, Out, grpc::ServerBidiReactor<In, Out>> {
 public:
  using Base = Stream<In, Out, grpc::ServerBidiReactor<In, Out>>;
  using Base::Base;

  void OnReadDone(bool ok) override { Base::core().ReadDone(ok); }
  void StartRead(In* message) override { grpc::ServerBidiReactor<In, Out>::StartRead(message); }
};

template <typename In, typename Out>
class WriteStream : public Stream<In, Out, grpc::ServerWriteReactor<Out>> {
 public:
  using Base = Stream<In, Out, grpc::ServerWriteReactor<Out>>;
  using Base::Base;

  // The one request has been delivered when the stream was opened.
  void StartRead(In*) override {}
};

}  // namespace server_stream_internal

// Answers a bidirectional stream. `open` is called on `executor` and given what writes to the
// stream; what it returns is told what arrives, there too, and destroyed after its OnClosed.
template <typename In, typename Out>
grpc::ServerBidiReactor<In, Out>* ServeBidi(Calls& calls, std::string_view method,
                                            Executor& executor,
                                            typename StreamCore<In, Out>::OpenReader open) {
  auto* const stream =
      new server_stream_internal::BidiStream<In, Out>(calls, method, executor, false);
  stream->Open(std::move(open));
  return stream;
}

// Answers one request with a stream of states, of which a slow caller may miss some, but never the
// last. `open` as above; what it returns gets `request` as its only message.
template <typename In, typename Out>
grpc::ServerWriteReactor<Out>* ServeStates(Calls& calls, std::string_view method,
                                           Executor& executor, const In& request,
                                           typename StreamCore<In, Out>::OpenReader open) {
  auto* const stream =
      new server_stream_internal::WriteStream<In, Out>(calls, method, executor, true);
  stream->Open([request, open = std::move(open)](std::unique_ptr<StreamWriter<Out>> writer) {
    auto reader = open(std::move(writer));
    reader->OnMessage(request);
    return reader;
  });
  return stream;
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_SERVER_STREAM_H_
