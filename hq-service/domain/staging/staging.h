// Taking operations: durable at HQ before they are acknowledged, exactly once. (P1 P-0001, P7, P13)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGING_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/position.pb.h"
#include "hq-service/domain/conversion/arrivals.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

struct OutboxId {
  std::string channel_service;
  uint64_t lineage = 0;
  // The channel service's present epoch, for the position.
  replication::v1::Epoch epoch;
};

// Stages what isn't held yet, or converts it at once (conversion/arrivals.h), and returns the last
// sequence held. What is held already is passed over; SEQUENCE_GAP if something before the
// operations, or among them, is missing; LINEAGE_FENCED if the lineage isn't the one in force. What
// was prepared is used up.
//
// An operation that the same channel service has staged already under an earlier lineage isn't
// staged again: its result goes to the new address.
absl::StatusOr<uint64_t> StageOperations(Transaction& transaction, const OutboxId& outbox,
                                         absl::Span<Arrival> arrivals, absl::Time now);

// Puts the result of a staged operation, in its present state, at `sequence` in its channel
// service's feed; its entry before that (of address `old`, if there is one) goes. The caller stores
// the row.
absl::Status EnterResult(Transaction& transaction, const StagedRow* old, StagedRow& row,
                         Sequence sequence);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGING_H_
