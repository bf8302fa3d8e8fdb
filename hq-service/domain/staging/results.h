// What HQ says of operations, as it lies in their channel service's feed and as it travels.
//
// In the feed a result holds no operation, and of the records only kind and key: the sender adds
// them as they are when it sends.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULTS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// The result of a staged operation in its present state.
replication::v1::OperationResult ResultOf(const storage::v1::StagedOperation& staged);

// The entry of a staged operation goes, since there is a newer one at `sequence`. What is published
// stays, whole: the operation may be gone when a store that was off reads it.
absl::Status LeaveResult(Transaction& transaction, const StagedRow& row, Sequence sequence);

// Which request an operation is. Views.
struct RequestIdentity {
  std::string_view id;
  std::string_view digest;
  // Of an operation that isn't a create.
  std::string_view customer_digest;
};

// The final result of an operation, with the customer it is about and these addresses of its.
replication::v1::OperationResult FinalResult(const OperationAddress& address,
                                             const RequestIdentity& request, const Outcome& outcome,
                                             const std::vector<AddressId>& addresses);

// A result as it travels to a reader of `reader_lineage`, from its `value` in the feed's `book`;
// but of its records it has kind and key only.
absl::StatusOr<replication::v1::OperationResult> ResultForReader(const Reader& reader,
                                                                 std::string_view book,
                                                                 std::string_view value,
                                                                 uint64_t reader_lineage);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_RESULTS_H_
