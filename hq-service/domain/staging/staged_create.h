// A staged create as the customer that it captured.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_CREATE_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_CREATE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// The 16 bytes of an id that came from a peer; nothing if they aren't one.
std::optional<Uuid> IdOfBytes(std::string_view bytes);

// The channels that captured what is prepared, each read once, however many operations there are.
class CapturingChannels {
 public:
  // Borrowed.
  explicit CapturingChannels(const Reader& reader) : reader_(reader) {}

  struct Channel {
    ChannelConfiguration today;
    // What was retired since may be named: that is no fault of the operation. (F9)
    ChannelConfiguration at_capture;
  };
  // Errors are those of ReadChannelConfiguration().
  absl::StatusOr<const Channel*> Find(const std::string& number);

 private:
  // Constant after construction.
  const Reader& reader_;

  absl::btree_map<std::string, Channel> channels_;
};

// Checks the customer again and derives what follows from it. What was inherited was inherited at
// capture and isn't again. The warnings are those of conversion_warnings.h. (D6, F9)
absl::StatusOr<PreparedCustomer> PrepareStagedCreate(const Reader& reader,
                                                     const replication::v1::Operation& operation,
                                                     absl::Time now);
// One of several, read by the reader of `channels`.
absl::StatusOr<PreparedCustomer> PrepareStagedCreate(const Reader& reader,
                                                     CapturingChannels& channels,
                                                     const replication::v1::Operation& operation,
                                                     absl::Time now);

// The ids of the addresses that came with the customer.
std::vector<AddressId> AddressIdsOf(const replication::v1::Operation& operation,
                                    const CustomerId& customer);

// The pending customer that a staged create will become. (L4)
storage::v1::CustomerRecord PendingRecord(const StagedRow& row, const CustomerId& customer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_CREATE_H_
