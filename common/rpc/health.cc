#include "common/rpc/health.h"

#include <utility>

#include "common/base/status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace comptoir::rpc {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

struct HealthClient::Stub {
  Health::Stub stub;
};

HealthClient::HealthClient(ClientCalls& calls, const std::shared_ptr<grpc::Channel>& connection)
    : calls_(calls), stub_(new Stub{Health::Stub(connection)}) {}

HealthClient::~HealthClient() = default;

void HealthClient::Check(absl::Time deadline, std::function<void(absl::Status)> done) {
  CallUnary<HealthCheckResponse>(
      calls_, {.deadline = deadline},
      [this](grpc::ClientContext* context, HealthCheckResponse* response, auto ended) {
        const HealthCheckRequest request;
        stub_->stub.async()->Check(context, &request, response, std::move(ended));
      },
      [done = std::move(done)](absl::StatusOr<HqAnswer<HealthCheckResponse>> answer) {
        if (!answer.ok()) return done(answer.status());
        if (answer->value.status() == HealthCheckResponse::SERVING) return done(absl::OkStatus());
        done(MakeError(Reason::kShuttingDown, "The service says that it isn't serving."));
      });
}

}  // namespace comptoir::rpc
