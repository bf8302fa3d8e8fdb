// Converting staged operations: "Synchronize customers and channel requests". (P1, P5, P7, P8, P12)
//
// What needs much work and no transaction, preparing and validating, is planned on a snapshot
// first; the command then decides each operation by itself: one bad record never holds up others.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/storage/database.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/new_customer.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

struct ConversionOptions {
  size_t operations_max = 64;
  // Tries after which a refused operation is kept for a person.
  int operation_tries_max = 3;
  absl::Duration retry_delay_max = absl::Seconds(30);
  // What was staged later waits for the next run. Nothing: no run is under way, and only what
  // people ask for is converted.
  std::optional<Sequence> staged_by = kAllStaged;
  // What is converted counts in this run of the job. 0: in none.
  uint64_t run = 0;
};

struct ConversionCandidate {
  StagedPlace place;
  absl::StatusOr<PreparedOperation> prepared;
  // In [0, 1): spreads retries.
  double jitter = 0;
};

struct ConversionOutcome {
  int applied = 0;
  int refused = 0;
  int waiting = 0;
};

// What to convert next: what people ask for, due retries, what a repaired number sequence has set
// free, and the ready ones, in order of arrival; at most so many.
absl::StatusOr<std::vector<ConversionCandidate>> PlanConversion(const Reader& reader,
                                                                absl::Time now,
                                                                const ConversionOptions& options,
                                                                Random& random);

// Converts each candidate that is still staged, at a sequence of its own.
absl::StatusOr<ConversionOutcome> ConvertOperations(
    Transaction& transaction, const std::vector<ConversionCandidate>& candidates, absl::Time now,
    const ConversionOptions& options);

// Converts a staged create because its customer is asked for in real time; the error is that of the
// operation and nothing is written then.
absl::StatusOr<StoredCustomer> ConvertNow(Transaction& transaction, const StagedRow& row,
                                          absl::Time now);

// The same for a staged address, by itself: its customer must be at HQ.
absl::Status ConvertAddressNow(Transaction& transaction, const StagedRow& row, absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_CONVERSION_H_
