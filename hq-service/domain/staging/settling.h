// The end of a staged operation: it goes, and its channel service is told. (P7, P8)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_SETTLING_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_SETTLING_H_

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// What became of an operation: its final state, and the customer that it is about now.
struct Outcome {
  replication::v1::OperationState state = replication::v1::OPERATION_STATE_APPLIED;
  CustomerId customer;
};

// Removes the operation from what is staged and puts its final result at `sequence` into its
// channel service's feed; what is kept of it is for the customer's trace.
absl::Status SettleStaged(Transaction& transaction, const StagedRow& row, const Outcome& outcome,
                          Sequence sequence, absl::Time now);

// The part of it that is for others: the final result, and what is kept for the trace. Of an
// operation that was never staged it is all.
absl::Status TellOutcome(Transaction& transaction, const TakenOperation& taken,
                         const Outcome& outcome, Sequence sequence, absl::Time now);

absl::Status SettleAll(Transaction& transaction, const std::vector<StagedRow>& rows,
                       const Outcome& outcome, Sequence sequence, absl::Time now);

// Remembers what became of a create or an address where the records don't tell: a create whose
// customer's UUID is another create's was applied under another one, or discarded; an address was
// applied to a customer that has another UUID here, or discarded. A store that sends it again is
// told.
void RememberOutcome(Transaction& transaction, const replication::v1::Operation& operation,
                     const Outcome& outcome, Sequence sequence, absl::Time now);

// The same as it was remembered, of an operation that isn't a create of a customer; nothing if it
// wasn't.
absl::StatusOr<std::optional<Outcome>> FindRemembered(const Reader& reader,
                                                      const CustomerId& customer,
                                                      const Uuid& request_id,
                                                      std::string_view request_digest);

// Of creates, by customer and request digest: whether anything is remembered under their ids.
absl::StatusOr<std::vector<bool>> AreRemembered(
    const Reader& reader, absl::Span<const std::pair<CustomerId, std::string_view>> creates);

// What became of the create of `customer` with this digest, if HQ remembers: the customer itself
// says so, or the request log, if a person moved the create to another UUID or discarded it beside
// the customer that has the UUID.
absl::StatusOr<std::optional<Outcome>> FindCreateOutcome(const Reader& reader,
                                                         const CustomerId& customer,
                                                         std::string_view request_digest);

// What became of the new address of this digest, if HQ remembers; the key is the one by which its
// channel service knows it.
absl::StatusOr<std::optional<Outcome>> FindAddressOutcome(const Reader& reader,
                                                          const AddressKey& key,
                                                          std::string_view request_digest);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_SETTLING_H_
