// The process around Hq: RocksDB, the commit thread, the loop, gRPC.

#ifndef COMPTOIR_HQ_SERVICE_PROCESS_H_
#define COMPTOIR_HQ_SERVICE_PROCESS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/base/log.h"
#include "common/process/program.h"
#include "common/process/service_flags.h"
#include "hq-service/hq.h"

namespace comptoir::hq {

struct HqProcessOptions {
  HqOptions hq;
  ServiceOptions service;
};

// Serves from Start() to Drain(). Drain() and the destructor are for one caller.
class HqProcess : public Process {
 public:
  // Opens the database and serves. The error is one line for the operator. `logger` is borrowed.
  static absl::StatusOr<std::unique_ptr<HqProcess>> Start(const HqProcessOptions& options,
                                                          Logger& logger);
  // Drains if that wasn't done.
  ~HqProcess() override;

  void Drain() override;

  // Until Drain().
  int port() const;
  // 0 if metrics are off.
  int metrics_port() const;

 private:
  struct Parts;

  HqProcess(const ServiceOptions& options, Logger& logger);
  absl::Status Serve(const HqProcessOptions& options);

  // Null once drained.
  std::unique_ptr<Parts> parts_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_PROCESS_H_
