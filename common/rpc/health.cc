#include "common/rpc/health.h"

#include <utility>

#include "common/base/status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace comptoir::rpc {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

void CheckHealth(ClientCalls& calls, const std::shared_ptr<grpc::Channel>& connection,
                 absl::Time deadline, std::function<void(absl::Status)> done) {
  const std::shared_ptr<Health::Stub> stub = Health::NewStub(connection);
  CallUnary<HealthCheckResponse>(
      calls, {.deadline = deadline},
      [&stub](grpc::ClientContext* context, HealthCheckResponse* response,
              std::function<void(grpc::Status)> ended) {
        const HealthCheckRequest request;
        // The stub, too, lives until the call has ended.
        stub->async()->Check(
            context, &request, response,
            [stub, ended = std::move(ended)](const grpc::Status& status) { ended(status); });
      },
      [done = std::move(done)](absl::StatusOr<HqAnswer<HealthCheckResponse>> answer) {
        if (!answer.ok()) return done(answer.status());
        if (answer->value.status() == HealthCheckResponse::SERVING) return done(absl::OkStatus());
        done(MakeError(Reason::kShuttingDown, "The service says that it isn't serving."));
      });
}

}  // namespace comptoir::rpc
