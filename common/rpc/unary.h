// Runs unary methods of the services: check, run, convert.

#ifndef COMPTOIR_COMMON_RPC_UNARY_H_
#define COMPTOIR_COMMON_RPC_UNARY_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/requests/call_context.h"
#include "common/rpc/calls.h"
#include "common/rpc/slices.h"
#include "common/storage/priority.h"
#include "common/storage/read_pool.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace comptoir::rpc {

// What a service knows of a call, from its metadata and deadline.
CallContext CallContextOf(const grpc::CallbackServerContext& context);

// One unary call, from its arrival to its answer. It is answered exactly once: by Finish(), else,
// when the last owner lets go of it, with SHUTTING_DOWN. A cancelled call is answered too; gRPC
// drops the answer.
class UnaryCall {
 public:
  // `method` must live as long as the call: a literal.
  UnaryCall(Calls& calls, std::string_view method, grpc::CallbackServerContext* context);
  ~UnaryCall();

  UnaryCall(const UnaryCall&) = delete;
  UnaryCall& operator=(const UnaryCall&) = delete;

  // Returns false if the call was refused, and answered, at once.
  bool admitted() const { return admitted_; }
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Tells the caller the position at which HQ read its answer. Before Finish().
  void SendPosition(const replication::v1::Position& position);

  // Answers. Any thread, once; afterwards the request and the response are gone.
  void Finish(const absl::Status& status);

 private:
  // Constant after construction.
  Calls& calls_;
  const std::string_view method_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  const std::chrono::steady_clock::time_point began_;
  bool admitted_ = false;

  bool finished_ = false;
};

namespace unary_internal {

template <typename Response>
void Convert(UnaryCall&, Response&& answer, Response* response) {
  *response = std::move(answer);
}
template <typename Response>
void Convert(UnaryCall& call, HqAnswer<Response>&& answer, Response* response) {
  call.SendPosition(answer.position);
  *response = std::move(answer.value);
}

}  // namespace unary_internal

// Answers one call with what `method` gives its `done`, on whichever thread that is called. Answer
// is Response or HqAnswer<Response>.
template <typename Answer, typename Response>
grpc::ServerUnaryReactor* Run(Calls& calls, std::string_view name,
                              grpc::CallbackServerContext* context, Response* response,
                              absl::FunctionRef<void(const CallContext&, Done<Answer>)> method) {
  const auto call = std::make_shared<UnaryCall>(calls, name, context);
  if (call->admitted()) {
    CallContext call_context = CallContextOf(*context);
    // gRPC has another thread for the calls that come meanwhile.
    call_context.priority = Priority::kAtOnce;
    method(call_context, [call, response](absl::StatusOr<Answer>&& answer) {
      if (answer.ok()) unary_internal::Convert(*call, *std::move(answer), response);
      call->Finish(answer.status());
    });
  }
  return call->reactor();
}

absl::Status TooManyReads();

// As Run(), but calls `method` on the pool: for what may read much. OVERLOADED if too many wait
// there.
template <typename Answer, typename Response>
grpc::ServerUnaryReactor* RunRead(Calls& calls, ReadPool& pool, std::string_view name,
                                  grpc::CallbackServerContext* context, Response* response,
                                  std::function<void(const CallContext&, Done<Answer>)> method) {
  const auto call = std::make_shared<UnaryCall>(calls, name, context);
  if (!call->admitted()) return call->reactor();
  const bool taken = pool.Run(
      [call, response, method = std::move(method), call_context = CallContextOf(*context)] {
        method(call_context, [call, response](absl::StatusOr<Answer>&& answer) {
          if (answer.ok()) unary_internal::Convert(*call, *std::move(answer), response);
          call->Finish(answer.status());
        });
      });
  if (!taken) call->Finish(TooManyReads());
  return call->reactor();
}

namespace unary_internal {

// Null if it doesn't parse: then the call is answered.
template <typename Request>
std::shared_ptr<const Request> Parse(UnaryCall& call, const grpc::ByteBuffer& request) {
  auto parsed = std::make_shared<Request>();
  grpc::ByteBuffer bytes = request;
  if (grpc::SerializationTraits<Request>::Deserialize(&bytes, parsed.get()).ok()) return parsed;
  // What gRPC answers itself.
  call.Finish(absl::UnimplementedError(""));
  return nullptr;
}

// Answers with what lies ready as bytes; if that is nothing, with what `method` gives, for which
// the request is kept.
template <typename Answer, typename Response, typename Request>
void AnswerStored(const std::shared_ptr<UnaryCall>& call,
                  const std::shared_ptr<const Request>& request, grpc::ByteBuffer* response,
                  std::optional<std::string> ready, absl::FunctionRef<void(Done<Answer>)> method) {
  if (ready.has_value()) {
    const grpc::Slice slice = SliceOf(std::make_shared<const std::string>(*std::move(ready)));
    *response = grpc::ByteBuffer(&slice, 1);
    return call->Finish(absl::OkStatus());
  }
  method([call, request, response](absl::StatusOr<Answer>&& answer) {
    const absl::Status status = answer.status();
    if (answer.ok()) {
      Response message;
      Convert(*call, *std::move(answer), &message);
      bool is_ours = false;
      COMPTOIR_CHECK(
          grpc::SerializationTraits<Response>::Serialize(message, response, &is_ours).ok());
    }
    call->Finish(status);
  });
}

}  // namespace unary_internal

// A call whose answer may lie ready as bytes: `stored` gives them, or nothing; then it is what
// `method` gives.
template <typename Answer, typename Request, typename Response>
grpc::ServerUnaryReactor* RunStored(
    Calls& calls, std::string_view name, grpc::CallbackServerContext* context,
    const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
    absl::FunctionRef<std::optional<std::string>(const Request&)> stored,
    absl::FunctionRef<void(const Request&, const CallContext&, Done<Answer>)> method) {
  const auto call = std::make_shared<UnaryCall>(calls, name, context);
  if (!call->admitted()) return call->reactor();
  const auto asked = unary_internal::Parse<Request>(*call, *request);
  if (asked == nullptr) return call->reactor();
  unary_internal::AnswerStored<Answer, Response>(
      call, asked, response, stored(*asked),
      [&](auto done) { method(*asked, CallContextOf(*context), std::move(done)); });
  return call->reactor();
}

// As RunStored(), but calls both on the pool, as RunRead() does; or here, where `is_quick` says
// that the answer is found without a wait.
template <typename Answer, typename Request, typename Response>
grpc::ServerUnaryReactor* RunStoredRead(
    Calls& calls, ReadPool& pool, std::string_view name, grpc::CallbackServerContext* context,
    const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
    absl::FunctionRef<bool(const Request&)> is_quick,
    std::function<std::optional<std::string>(const Request&, const CallContext&)> stored,
    std::function<void(const Request&, const CallContext&, Done<Answer>)> method) {
  const auto call = std::make_shared<UnaryCall>(calls, name, context);
  if (!call->admitted()) return call->reactor();
  const auto asked = unary_internal::Parse<Request>(*call, *request);
  if (asked == nullptr) return call->reactor();
  const bool quick = is_quick(*asked);
  auto read = [call, asked, response, stored = std::move(stored), method = std::move(method),
               call_context = CallContextOf(*context)] {
    unary_internal::AnswerStored<Answer, Response>(
        call, asked, response, stored(*asked, call_context),
        [&](auto done) { method(*asked, call_context, std::move(done)); });
  };
  if (quick && pool.RunHere(read)) return call->reactor();
  if (!pool.Run(std::move(read))) call->Finish(TooManyReads());
  return call->reactor();
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_UNARY_H_
