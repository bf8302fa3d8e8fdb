// The channels that this service serves, and their configuration as it lies in the database, read
// anew after each change of it. Thread-safe.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_SERVED_CHANNELS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_SERVED_CHANNELS_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/customer/configured_channel.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::channel {

class ServedChannels {
 public:
  explicit ServedChannels(std::vector<std::string> channels);

  const std::vector<std::string>& numbers() const { return numbers_; }

  // The one place that decides which channel a request is for: the one it names, or the only one
  // served. CHANNEL_NOT_SERVED (K2), also once HQ has closed it (M5): what it had captured still
  // goes home.
  absl::StatusOr<std::string> Trusted(std::string_view requested) const;

  // The trusted channel with its configuration; CONFIGURATION_MISSING while that hasn't come (K1).
  absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> Configured(
      std::string_view requested) const;

  // Takes out what stores don't see: hidden affiliations, and those whose definition hasn't come,
  // for they may be hidden. (Y1)
  void HideAffiliations(customer::v1::Customer& customer) const;

  // Reads the configuration anew. Fails only if the database does.
  absl::Status Refresh(const Reader& reader);

  // True once the configuration of every channel is there.
  bool complete() const;

  // True if this service keeps no customer data: a channel that it serves is in a channel database
  // group that filters it. One is enough, for they share the database. (S9)
  bool filtered() const { return filtered_; }

 private:
  using Snapshot = std::map<std::string, std::shared_ptr<const ConfiguredChannel>>;
  using Ids = absl::flat_hash_set<std::string>;

  // Constant after construction.
  const std::vector<std::string> numbers_;

  std::atomic<bool> filtered_ = false;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  Snapshot configured_ ABSL_GUARDED_BY(mutex_);  // null: closed
  std::shared_ptr<const Ids> visible_affiliations_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const Ids>();
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_SERVED_CHANNELS_H_
