// A batch of HQ's changes, applied with its cursors in one transaction.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/customer/records/apply_change.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "google/protobuf/arena.h"

namespace comptoir::channel {

// A batch that can be applied, with its records parsed.
class CheckedBatch {
 public:
  struct Change {
    const replication::v1::Change* change;
    // The one that it brings, or those of a result.
    std::vector<ParsedChange> records;
  };

  const hq::v1::ChangeBatch& operator*() const { return *batch_; }
  const hq::v1::ChangeBatch* operator->() const { return batch_.get(); }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  friend absl::StatusOr<CheckedBatch> CheckBatch(hq::v1::ChangeBatch batch);
  CheckedBatch() = default;

  std::unique_ptr<hq::v1::ChangeBatch> batch_;
  std::unique_ptr<google::protobuf::Arena> arena_;
  std::vector<Change> changes_;
};

// STORAGE_CORRUPT for a batch that cannot be applied. Pure: what HQ sends is checked before a
// command runs.
absl::StatusOr<CheckedBatch> CheckBatch(hq::v1::ChangeBatch batch);

// DIVERGED, before anything is written, if a result speaks of an operation of our lineage that we
// never made: our database was restored or copied, and a new lineage must begin before the results
// are read. Where customer data is filtered, nothing of customers is read.
absl::Status ApplyBatch(Transaction& transaction, const CheckedBatch& batch);

// True if the batch brings configuration.
bool BringsConfiguration(const hq::v1::ChangeBatch& batch);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_CHANGE_BATCH_H_
