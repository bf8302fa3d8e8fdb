#include "common/rpc/client.h"

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/metadata.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace comptoir::rpc {
namespace {

constexpr int kReconnectBackoffMinMs = 50;
constexpr int kReconnectBackoffMaxMs = 300;
// How long one attempt to connect may take: a handshake over a slow line fits, and a host that
// swallows packets is given up within a probe or two.
constexpr int kConnectTimeoutMs = 1000;

}  // namespace

std::shared_ptr<grpc::Channel> NewConnection(const ConnectionOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  // In spite of its name it bounds the attempt, not the pause before it.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveIntervalMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Retries are ours: they need the request id and the outbox.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
}

ClientCalls::~ClientCalls() {
  MutexLock lock(mutex_);
  COMPTOIR_CHECK(under_way_ == 0);
}

bool ClientCalls::Begin(grpc::ClientContext* context) {
  MutexLock lock(mutex_);
  if (stopped_) return false;
  contexts_.insert(context);
  ++under_way_;
  return true;
}

void ClientCalls::Forget(grpc::ClientContext* context) {
  MutexLock lock(mutex_);
  COMPTOIR_CHECK(contexts_.erase(context) == 1);
}

void ClientCalls::Ended() {
  MutexLock lock(mutex_);
  COMPTOIR_CHECK(under_way_ > 0);
  // With the lock: who waits destroys this object as soon as it has it.
  if (--under_way_ == 0) ended_.NotifyAll();
}

void ClientCalls::StopAndWait() {
  MutexLock lock(mutex_);
  stopped_ = true;
  // Under the lock, which keeps the contexts alive; what this ends is told by other threads.
  for (grpc::ClientContext* const context : contexts_) context->TryCancel();
  while (under_way_ > 0) ended_.Wait(mutex_);
}

void SetCallContext(const CallContext& from, grpc::ClientContext* to) {
  if (from.deadline != absl::InfiniteFuture()) {
    to->set_deadline(absl::ToChronoTime(from.deadline));
  }
  to->AddMetadata(kAcceptLanguageKey, from.language);
}

replication::v1::Position PositionOf(const grpc::ClientContext& context) {
  replication::v1::Position position;
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kPositionKey);
  if (found == trailers.end() ||
      !position.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()))) {
    position.Clear();
  }
  return position;
}

absl::Status ClientStopped() {
  return MakeError(Reason::kShuttingDown, "The service is shutting down.");
}

}  // namespace comptoir::rpc
