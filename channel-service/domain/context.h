// What the flows of this folder share. Borrowed, outlives them.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_CONTEXT_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_CONTEXT_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "channel-service/channel_service.h"
#include "channel-service/domain/served_channels.h"

namespace comptoir::channel {

// The link to HQ as calls see it. Thread-safe.
class HqLink {
 public:
  virtual ~HqLink() = default;
  virtual bool online() const = 0;
  // Every call to HQ is reported here when it has ended.
  virtual void CallEnded(const absl::Status& status) = 0;
};

// Who wants to hear of commits. Thread-safe; calls that come close together are told once.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void OutboxGrew() = 0;
  virtual void CustomersChanged() = 0;
};

// Since the service started.
struct CreateCounters {
  std::atomic<uint64_t> synchronous{0};
  std::atomic<uint64_t> fallback{0};
  std::atomic<uint64_t> asynchronous{0};
};

struct DomainContext {
  const ChannelServiceEnvironment& environment;
  const ChannelServiceOptions& options;
  ServedChannels& channels;
  HqLink& link;
  CommitListener& listener;
  CreateCounters& counters;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_CONTEXT_H_
