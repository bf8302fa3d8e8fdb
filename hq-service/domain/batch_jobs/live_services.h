// What batch jobs wait for in channel services, as HQ sees it now, and not from the database. (P11)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_LIVE_SERVICES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_LIVE_SERVICES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace comptoir::hq {

struct LiveServices {
  // Since when the oldest operation waits in an outbox, as it was last told.
  std::optional<absl::Time> upload_waiting_since;
  // Since when the oldest batch that was sent isn't acknowledged.
  std::optional<absl::Time> download_waiting_since;
  // Whose direction a person has paused.
  std::vector<std::string> upload_paused;
  std::vector<std::string> download_paused;
  // Those that were connected since HQ started: since when they aren't; nothing if they are.
  std::map<std::string, std::optional<absl::Time>> away_since;
  // When HQ started: others are away since then.
  absl::Time started = absl::InfiniteFuture();
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_LIVE_SERVICES_H_
