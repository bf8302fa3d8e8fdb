// The process around ChannelService: RocksDB, the commit thread, the loop, gRPC to both sides.

#ifndef COMPTOIR_CHANNEL_SERVICE_PROCESS_H_
#define COMPTOIR_CHANNEL_SERVICE_PROCESS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "channel-service/channel_service.h"
#include "common/base/log.h"
#include "common/process/program.h"
#include "common/process/service_flags.h"

namespace comptoir::channel {

struct ChannelProcessOptions {
  ChannelServiceOptions channel;
  // HQ's HOST:PORT or unix:/PATH.
  std::string hq;
  ServiceOptions service;
};

// Serves from Start() to Drain(): with or without HQ, healthy once it has its configuration.
// Drain() and the destructor are for one caller.
class ChannelProcess : public Process {
 public:
  // Opens the database and serves. The error is one line for the operator. `logger` is borrowed.
  static absl::StatusOr<std::unique_ptr<ChannelProcess>> Start(const ChannelProcessOptions& options,
                                                               Logger& logger);
  // Drains if that wasn't done.
  ~ChannelProcess() override;

  void Drain() override;

  // Until Drain().
  int port() const;
  // 0 if metrics are off.
  int metrics_port() const;

 private:
  struct Parts;

  ChannelProcess(const ServiceOptions& options, Logger& logger);
  absl::Status Serve(const ChannelProcessOptions& options);

  // Null once drained.
  std::unique_ptr<Parts> parts_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_PROCESS_H_
