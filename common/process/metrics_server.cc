#include "common/process/metrics_server.h"

#include <prometheus/exposer.h>

#include <exception>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/address.h"

namespace comptoir {

struct MetricsServer::Parts {
  // Kept alive: the exposer has a weak pointer to it.
  std::shared_ptr<prometheus::Collectable> collectable;
  prometheus::Exposer exposer;
};

MetricsServer::MetricsServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

MetricsServer::~MetricsServer() = default;

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address,
                                                                    const Metrics& metrics) {
  COMPTOIR_RETURN_IF_ERROR(rpc::CheckListenAddress(address));
  try {
    std::unique_ptr<Parts> parts(
        new Parts{metrics.collectable(), prometheus::Exposer(address, /*num_threads=*/1)});
    parts->exposer.RegisterCollectable(parts->collectable);
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(parts)));
  } catch (const std::exception&) {
    return rpc::CannotListen(address);
  }
}

int MetricsServer::port() const { return parts_->exposer.GetListeningPorts().front(); }

}  // namespace comptoir
