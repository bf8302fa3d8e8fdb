#include "common/rpc/unary.h"

#include "common/base/check.h"
#include "common/base/reason_texts.h"
#include "common/base/status.h"
#include "common/rpc/language.h"
#include "common/rpc/metadata.h"
#include "common/rpc/status_mapping.h"
#include "grpcpp/security/auth_context.h"

namespace comptoir::rpc {
namespace {

// gRPC's word for "no deadline" is a date that doesn't fit where we convert it.
absl::Time ToTime(std::chrono::system_clock::time_point deadline) {
  const bool none = deadline - std::chrono::system_clock::now() > std::chrono::hours(24 * 36525);
  return none ? absl::InfiniteFuture() : absl::FromChrono(deadline);
}

// "ipv4:10.1.2.3:4711" without its scheme and port: a port names nobody.
std::string HostOf(const std::string& peer) {
  const size_t begin = peer.find(':') + 1;
  const size_t end = peer.rfind(':');
  return end > begin ? peer.substr(begin, end - begin) : peer.substr(begin);
}

std::string CallerOf(const grpc::CallbackServerContext& context) {
  const auto credential = context.auth_context();
  if (credential != nullptr && credential->IsPeerAuthenticated()) {
    for (const grpc::string_ref& identity : credential->GetPeerIdentity()) {
      return {identity.data(), identity.size()};
    }
  }
  return HostOf(context.peer());
}

std::string LanguageOf(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto language = metadata.find(kAcceptLanguageKey);
  if (language == metadata.end()) return PreferredLanguage("");
  return PreferredLanguage({language->second.data(), language->second.size()});
}

}  // namespace

CallContext CallContextOf(const grpc::CallbackServerContext& context) {
  CallContext result;
  result.deadline = ToTime(context.deadline());
  result.caller = CallerOf(context);
  result.language = LanguageOf(context);
  return result;
}

absl::Status TooManyReads() { return MakeError(Reason::kOverloaded, "Too many reads wait."); }

UnaryCall::UnaryCall(Calls& calls, std::string_view method, grpc::CallbackServerContext* context)
    : calls_(calls),
      method_(method),
      context_(context),
      reactor_(context->DefaultReactor()),
      began_(std::chrono::steady_clock::now()) {
  const absl::Status status = calls_.Begin(Calls::Kind::kUnary, method_);
  admitted_ = status.ok();
  if (!admitted_) reactor_->Finish(ToGrpc(status));
}

UnaryCall::~UnaryCall() {
  if (admitted_ && !finished_) {
    Finish(MakeError(Reason::kShuttingDown, "The service stopped before it had an answer."));
  }
}

void UnaryCall::SendPosition(const replication::v1::Position& position) {
  context_->AddTrailingMetadata(kPositionKey, position.SerializeAsString());
}

void UnaryCall::Finish(const absl::Status& status) {
  COMPTOIR_CHECK(admitted_ && !finished_) << method_ << " is answered twice";
  finished_ = true;
  // Counted first: who has the answer finds it counted, and `calls_` may go once it has ended.
  calls_.Ended(Calls::Kind::kUnary, method_, status, std::chrono::steady_clock::now() - began_);
  reactor_->Finish(status.ok() ? grpc::Status::OK
                               : ToGrpc(WithTextForPeople(status, LanguageOf(*context_))));
}

}  // namespace comptoir::rpc
