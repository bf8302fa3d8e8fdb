// Bidirectional streams that a server answers with messages that are encoded already. On the wire
// they are those of server_stream.h.

#ifndef COMPTOIR_COMMON_RPC_ENCODED_STREAM_H_
#define COMPTOIR_COMMON_RPC_ENCODED_STREAM_H_

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/replication/encoded_message.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/slices.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"

namespace comptoir::rpc {
namespace encoded_stream_internal {

inline grpc::ByteBuffer ToBuffer(const EncodedMessage& message) {
  std::vector<grpc::Slice> slices;
  for (const auto& piece : message.pieces()) slices.push_back(SliceOf(piece));
  return {slices.data(), slices.size()};
}

// A reactor that writes what is encoded.
class Reactor : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  using Base = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

  void StartWrite(const EncodedMessage* message) {
    write_ = ToBuffer(*message);
    Base::StartWrite(&write_);
  }

 private:
  // gRPC's until the write ends.
  grpc::ByteBuffer write_;
};

template <typename In>
class BidiStream : public server_stream_internal::Stream<In, EncodedMessage, Reactor> {
 public:
  using Base = server_stream_internal::Stream<In, EncodedMessage, Reactor>;
  using Base::Base;

  void StartRead(In* message) override {
    message_ = message;
    Reactor::Base::StartRead(&read_);
  }
  // What doesn't parse ends the stream, as it does where gRPC parses.
  void OnReadDone(bool ok) override { Base::core().ReadDone(ok && Parse()); }

 private:
  bool Parse() {
    grpc::ProtoBufferReader bytes(&read_);
    const bool parsed = bytes.status().ok() && message_->ParseFromZeroCopyStream(&bytes);
    read_.Clear();
    return parsed;
  }

  // Between StartRead() and OnReadDone().
  In* message_ = nullptr;
  grpc::ByteBuffer read_;
};

template <typename Out>
class Writer : public StreamWriter<Out> {
 public:
  explicit Writer(std::unique_ptr<StreamWriter<EncodedMessage>> stream)
      : stream_(std::move(stream)) {}

  void Write(Out message) override {
    EncodedMessage encoded;
    encoded.Add(message.SerializeAsString());
    stream_->Write(std::move(encoded));
  }
  void WriteEncoded(EncodedMessage encoded) override { stream_->Write(std::move(encoded)); }
  void Finish(absl::Status status) override { stream_->Finish(std::move(status)); }

 private:
  const std::unique_ptr<StreamWriter<EncodedMessage>> stream_;
};

}  // namespace encoded_stream_internal

// As ServeBidi(), for a method that is registered as raw.
template <typename In, typename Out>
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ServeEncodedBidi(
    Calls& calls, std::string_view method, Executor& executor,
    std::function<std::unique_ptr<StreamReader<In>>(std::unique_ptr<StreamWriter<Out>>)> open) {
  auto* const stream = new encoded_stream_internal::BidiStream<In>(calls, method, executor, false);
  stream->Open([open = std::move(open)](std::unique_ptr<StreamWriter<EncodedMessage>> writer) {
    return open(std::make_unique<encoded_stream_internal::Writer<Out>>(std::move(writer)));
  });
  return stream;
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_ENCODED_STREAM_H_
