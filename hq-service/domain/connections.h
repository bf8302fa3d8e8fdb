// What is known of a channel service's connection, and not from the database.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONNECTIONS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONNECTIONS_H_

#include <string>
#include <vector>

#include "common/storage/epochs.h"

namespace comptoir::hq {

struct ConnectionInfo {
  bool upload_connected = false;
  bool subscribe_connected = false;
  // Everything up to here is durable there, as far as HQ has heard since it started.
  Sequence acknowledged;
  // The same of configuration alone, and of customers: jobs are published each by itself.
  Sequence configuration_acknowledged;
  Sequence customers_acknowledged;
  // Names of reasons.
  std::vector<std::string> alarms;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONNECTIONS_H_
