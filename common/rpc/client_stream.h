// Streams that a client opens, between gRPC and a state machine on an executor.

#ifndef COMPTOIR_COMMON_RPC_CLIENT_STREAM_H_
#define COMPTOIR_COMMON_RPC_CLIENT_STREAM_H_

#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/base/executor.h"
#include "common/replication/stream.h"
#include "common/rpc/client.h"
#include "common/rpc/status_mapping.h"
#include "common/rpc/stream_core.h"
#include "grpcpp/support/client_callback.h"

namespace comptoir::rpc {

namespace client_stream_internal {

// Writes to a stream that never came to be.
template <typename Out>
class ClosedWriter : public StreamWriter<Out> {
 public:
  void Write(Out) override {}
  void Finish(absl::Status) override {}
};

// Deletes itself in OnDone.
template <typename In, typename Out>
class BidiStream : public grpc::ClientBidiReactor<Out, In>, public StreamWire<In, Out> {
 public:
  using Core = StreamCore<In, Out>;
  using Reactor = grpc::ClientBidiReactor<Out, In>;

  BidiStream(ClientCalls& calls, Executor& executor)
      : calls_(calls),
        core_(std::make_shared<Core>(typename Core::Options{.role = StreamRole::kClient}, executor,
                                     this)) {}

  // Returns what writes to the stream; `this` may be gone by then.
  std::unique_ptr<StreamWriter<Out>> Open(
      StreamReader<In>* reader, absl::FunctionRef<void(grpc::ClientContext*, Reactor*)> start) {
    const std::shared_ptr<Core> core = core_;
    auto writer = core->NewWriter();
    start(&context_, this);
    // Reads and writes are started from outside gRPC's callbacks until Release().
    this->AddHold();
    core->Open(reader);
    this->StartCall();
    return writer;
  }

  grpc::ClientContext* context() { return &context_; }

  void OnReadDone(bool ok) override { core_->ReadDone(ok); }
  void OnWriteDone(bool ok) override { core_->WriteDone(ok); }
  void OnDone(const grpc::Status& status) override {
    core_->Done(FromGrpc(status));
    ClientCalls& calls = calls_;
    calls.Forget(&context_);
    delete this;
    calls.Ended();
  }

  void StartRead(In* message) override { Reactor::StartRead(message); }
  void StartWrite(const Out* message) override { Reactor::StartWrite(message); }
  void End(const absl::Status& status) override {
    if (status.ok()) {
      this->StartWritesDone();
    } else {
      context_.TryCancel();
    }
  }
  void Release() override { this->RemoveHold(); }

 private:
  ClientCalls& calls_;
  grpc::ClientContext context_;
  const std::shared_ptr<Core> core_;
};

}  // namespace client_stream_internal

// Opens a bidirectional stream through `start`, which gives the stub its arguments. `reader` is
// called on `executor` and borrowed until its OnClosed, which comes in any case while the executor
// runs. Finish(OK) of the result lets the peer end the stream, an error cancels it.
template <typename In, typename Out>
std::unique_ptr<StreamWriter<Out>> OpenBidi(
    ClientCalls& calls, Executor& executor, StreamReader<In>* reader,
    absl::FunctionRef<void(grpc::ClientContext*, grpc::ClientBidiReactor<Out, In>*)> start) {
  using Stream = client_stream_internal::BidiStream<In, Out>;
  auto stream = std::make_unique<Stream>(calls, executor);
  if (!calls.Begin(stream->context())) {
    executor.Post([reader] { reader->OnClosed(ClientStopped()); });
    return std::make_unique<client_stream_internal::ClosedWriter<Out>>();
  }
  return stream.release()->Open(reader, start);
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_CLIENT_STREAM_H_
