// What an operator must know: raised until the cause is gone. Thread-safe.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALARMS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALARMS_H_

#include <set>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/mutex.h"

namespace comptoir::channel {

enum class Alarm {
  kDiverged,           // HQ doesn't know our cursors: its database was restored or replaced
  kLineageFenced,      // another service uploads under our id
  kUnauthenticated,    // HQ doesn't accept our credential
  kProtocolVersion,    // HQ doesn't speak our protocol
  kChangesCorrupt,     // HQ sent changes that cannot be read
  kOperationsCorrupt,  // HQ cannot read an operation of ours
};

class Alarms {
 public:
  explicit Alarms(Logger& logger) : logger_(logger) {}

  void Raise(Alarm alarm);
  void Clear(Alarm alarm);
  // Names, in a fixed order.
  std::vector<std::string> Names() const;

 private:
  // Constant after construction.
  Logger& logger_;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  std::set<Alarm> raised_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_ALARMS_H_
