#ifndef COMPTOIR_COMMON_PROCESS_METRICS_SERVER_H_
#define COMPTOIR_COMMON_PROCESS_METRICS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/metrics.h"

namespace comptoir {

// Answers GET /metrics over HTTP, for Prometheus. Thread-safe. Stopping takes up to two seconds,
// for that is how often its HTTP server looks: stop it last.
class MetricsServer {
 public:
  // `address` is HOST:PORT with a loopback host; port 0 takes a free one. `metrics` is borrowed.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& address,
                                                              const Metrics& metrics);
  ~MetricsServer();

  int port() const;

 private:
  struct Parts;

  explicit MetricsServer(std::unique_ptr<Parts> parts);

  // Constant after construction.
  const std::unique_ptr<Parts> parts_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_METRICS_SERVER_H_
