// Streams that a server writes at the pace of a peer that only reads.

#ifndef COMPTOIR_COMMON_RPC_SOURCE_STREAM_H_
#define COMPTOIR_COMMON_RPC_SOURCE_STREAM_H_

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "common/replication/stream_source.h"
#include "common/rpc/server_stream.h"

namespace comptoir::rpc {
namespace source_stream_internal {

// Nothing arrives.
struct Nothing {};

// Where the reactor finds its source; used on the executor.
struct Place {
  StreamSource* source = nullptr;
};

// A source as StreamCore owns it.
class Owned : public StreamReader<Nothing> {
 public:
  Owned(std::unique_ptr<StreamSource> source, std::shared_ptr<Place> place)
      : source_(std::move(source)), place_(std::move(place)) {
    place_->source = source_.get();
  }
  ~Owned() override { place_->source = nullptr; }

  void OnMessage(Nothing) override {}
  void OnClosed(absl::Status status) override { source_->OnClosed(std::move(status)); }

 private:
  const std::unique_ptr<StreamSource> source_;
  const std::shared_ptr<Place> place_;
};

template <typename Out>
class Stream : public server_stream_internal::Stream<Nothing, Out, grpc::ServerWriteReactor<Out>> {
 public:
  using Base = server_stream_internal::Stream<Nothing, Out, grpc::ServerWriteReactor<Out>>;

  Stream(Calls& calls, std::string_view method, Executor& executor)
      : Base(calls, method, executor, /*latest_only=*/false), executor_(executor) {}

  void Begin(
      std::function<std::unique_ptr<StreamSource>(std::unique_ptr<StreamWriter<Out>>)> open) {
    Base::Open([open = std::move(open), place = place_](std::unique_ptr<StreamWriter<Out>> writer) {
      return std::make_unique<Owned>(open(std::move(writer)), place);
    });
  }

  // The peer sends nothing but its request.
  void StartRead(Nothing*) override {}
  void OnWriteDone(bool ok) override {
    if (ok) {
      executor_.Post([place = place_] {
        if (place->source != nullptr) place->source->OnWritten();
      });
    }
    Base::OnWriteDone(ok);
  }

 private:
  // Constant after construction.
  Executor& executor_;
  const std::shared_ptr<Place> place_ = std::make_shared<Place>();
};

}  // namespace source_stream_internal

// Answers a request with a stream. `open` is called on `executor` and given what writes to the
// stream; what it returns is told there what has left, and destroyed after its OnClosed.
template <typename Out>
grpc::ServerWriteReactor<Out>* ServeSource(
    Calls& calls, std::string_view method, Executor& executor,
    std::function<std::unique_ptr<StreamSource>(std::unique_ptr<StreamWriter<Out>>)> open) {
  auto* const stream = new source_stream_internal::Stream<Out>(calls, method, executor);
  stream->Begin(std::move(open));
  return stream;
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_SOURCE_STREAM_H_
