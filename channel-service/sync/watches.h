// Callers that watch a customer: they get it as it is, and again whenever it has changed. (M3)
// Where customer data is filtered nothing changes here: HQ is asked again and again while somebody
// watches. Runs on the executor, but for what is thread-safe.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/reads/hq_reads.h"
#include "channel-service/domain/reads/reads.h"
#include "common/base/executor.h"
#include "common/customer/requests/call_context.h"
#include "common/replication/stream.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::channel {

inline constexpr size_t kWatchesMax = 10'000;

class Watches {
 public:
  using Request = customer::v1::WatchCustomerRequest;
  using Writer = StreamWriter<customer::v1::Customer>;

  Watches(Executor& executor, const ServedChannels& channels, const Reads& reads, HqReads& hq_reads)
      : executor_(executor), channels_(channels), reads_(reads), hq_reads_(hq_reads) {}

  // Thread-safe. The reader outlives this object if it must.
  std::unique_ptr<StreamReader<Request>> Watch(const CallContext& call,
                                               std::unique_ptr<Writer> writer);

  // Whether somebody may watch: whoever has changed a customer asks, and else wakes nobody.
  // Thread-safe.
  bool any() const { return any_; }
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
    std::string channel;
    // HQ has been asked and hasn't answered.
    bool asked = false;
  };

  // Returns the number of the watch; 0 if it could not begin, and the stream has ended.
  uint64_t Begin(const Request& request, const std::string& language,
                 const std::shared_ptr<Writer>& writer);
  void End(uint64_t number) { watches_.erase(number); }
  // Writes the customer if it has changed; fails if it cannot be watched any more.
  absl::Status Show(OneWatch& watch) const;
  void ShowChanged(OneWatch& watch, customer::v1::Customer customer) const;
  void AskHq(uint64_t number, OneWatch& watch);
  void HqAnswered(uint64_t number, absl::StatusOr<customer::v1::Customer> answer);
  void LookAtHqLater();

  // Constant after construction.
  Executor& executor_;
  const ServedChannels& channels_;
  const Reads& reads_;
  HqReads& hq_reads_;

  // Set before the customer is read for the first time: a change is in what is read then, or finds
  // it set.
  std::atomic<bool> any_ = false;

  std::map<uint64_t, OneWatch> watches_;
  uint64_t last_number_ = 0;
  bool stopped_ = false;
  bool looking_later_ = false;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_WATCHES_H_
