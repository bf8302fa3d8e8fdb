// The channel services that are connected, or were since HQ started: which lineage, how far they
// have read, what an operator must look at.
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CHANNEL_SERVICES_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CHANNEL_SERVICES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/reason.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/connections.h"

namespace comptoir::hq {

// More ids than any chain has services.
inline constexpr size_t kChannelServicesMax = 10'000;

class ChannelServices {
 public:
  enum class Stream : uint8_t { kUpload, kSubscribe };
  using End = std::function<void(absl::Status)>;

  // A hello of `lineage` has come on a stream, whose end `end` is: at most one stream of each kind
  // is open for a lineage, so the one before is ended (its connection may be half dead). Returns
  // the connection's id; OVERLOADED beyond kChannelServicesMax.
  absl::StatusOr<uint64_t> Connect(std::string_view channel_service, Stream stream,
                                   uint64_t lineage, End end);
  void Disconnect(std::string_view channel_service, Stream stream, uint64_t connection_id);

  // True if this lineage has a stream of this kind open.
  bool IsConnected(std::string_view channel_service, Stream stream, uint64_t lineage) const;
  // True if another lineage than this one has a stream open.
  bool IsOtherLineageConnected(std::string_view channel_service, uint64_t lineage) const;

  // Everything up to here is durable there: of configuration, and of customers.
  void SetAcknowledged(std::string_view channel_service, Sequence configuration,
                       Sequence customers);

  // Alarms are of a reason and lineage: one that was admitted ends its own only.
  void RaiseAlarm(std::string_view channel_service, Reason reason, uint64_t lineage);
  void ClearAlarm(std::string_view channel_service, Reason reason, uint64_t lineage);

  std::map<std::string, ConnectionInfo> List() const;

 private:
  struct Connection {
    uint64_t id = 0;
    uint64_t lineage = 0;
    End end;
  };
  struct Service {
    // By Stream; id 0: not connected.
    std::array<Connection, 2> connections;
    Sequence configuration_acknowledged;
    Sequence customers_acknowledged;
    std::set<std::pair<Reason, uint64_t>> alarms;
  };

  std::map<std::string, Service, std::less<>> services_;
  uint64_t last_id_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CHANNEL_SERVICES_H_
