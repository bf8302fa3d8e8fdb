// Operations that a channel service holds as acknowledged but unsettled: HQ answers each again.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_UNSETTLED_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_UNSETTLED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::hq {

struct UnsettledOperations {
  std::string channel_service;
  uint64_t lineage = 0;
  std::vector<v1::UnsettledOperation> operations;
};

// Puts a result for each operation that HQ knows into the channel service's feed, unless one is on
// its way: a staged one's state, or, from the record, that it was applied. What HQ doesn't know is
// left: its channel service uploads it again.
absl::Status AnswerUnsettled(Transaction& transaction, const UnsettledOperations& unsettled);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_UNSETTLED_H_
