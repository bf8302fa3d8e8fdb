// Callers that watch a customer: they get it as it is, and again whenever it has changed. (M3)
// Runs on the executor, but for Watch.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/reads.h"
#include "common/customer/call_context.h"
#include "common/replication/stream.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::channel {

inline constexpr size_t kWatchesMax = 10'000;

class Watches {
 public:
  using Request = customer::v1::WatchCustomerRequest;
  using Writer = StreamWriter<customer::v1::Customer>;

  Watches(const ServedChannels& channels, const Reads& reads)
      : channels_(channels), reads_(reads) {}

  // Thread-safe. The reader outlives this object if it must.
  std::unique_ptr<StreamReader<Request>> Watch(const CallContext& call,
                                               std::unique_ptr<Writer> writer);

  // Customers may have changed.
  void Look();
  // Ends all of them.
  void Stop();

 private:
  class Reader;
  struct OneWatch {
    CustomerId customer;
    std::string language;
    std::shared_ptr<Writer> writer;
    std::string last_etag;
  };

  // Returns the number of the watch; 0 if it could not begin, and the stream has ended.
  uint64_t Begin(const Request& request, const std::string& language,
                 const std::shared_ptr<Writer>& writer);
  void End(uint64_t number) { watches_.erase(number); }
  // Writes the customer if it has changed; fails if it cannot be watched any more.
  absl::Status Show(OneWatch& watch);

  // Constant after construction.
  const ServedChannels& channels_;
  const Reads& reads_;

  std::map<uint64_t, OneWatch> watches_;
  uint64_t last_number_ = 0;
  bool stopped_ = false;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_
