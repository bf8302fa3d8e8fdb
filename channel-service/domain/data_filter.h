// Whether this database may hold customer data, and how far what it held is gone. (S9)
//
// One row of table meta, kept in line with the configuration that lies beside it, in the very
// transaction that brings the configuration. So every command can see it at the cost of one read,
// and none stores a customer where none may be.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_DATA_FILTER_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_DATA_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir::channel {

// In the order in which they come.
enum class FilterStage : uint8_t {
  kUnfiltered = 0,
  kWaiting = 1,    // new creates are filtered; the outbox is still to settle
  kRemoving = 2,   // rows are being removed
  kRewriting = 3,  // no row is left; the files are being rewritten
  kPurged = 4,
};

struct DataFilter {
  FilterStage stage = FilterStage::kUnfiltered;
  // Where removing goes on; see purge.cc.
  std::string next;

  bool filtered() const { return stage != FilterStage::kUnfiltered; }
  bool purged() const { return stage == FilterStage::kPurged; }
};

absl::StatusOr<DataFilter> ReadDataFilter(const Reader& reader);
void PutDataFilter(Transaction& transaction, const DataFilter& filter);

// To be called when the configuration of these channels, those that this service serves, may have
// changed. True if the filter has come or gone. When it comes, the cursors of customers go: should
// it ever go, they are read from the beginning.
absl::StatusOr<bool> FollowConfiguration(Transaction& transaction,
                                         const std::vector<std::string>& channels);

// OUTCOME_UNKNOWN if customer data may not be stored (any more). The caller looked before; that the
// filter came in between is rare, and to repeat the request is safe.
absl::Status CheckMayStore(const Reader& reader);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_DATA_FILTER_H_
