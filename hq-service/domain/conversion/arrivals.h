// Creates that become customers in the command that takes them. (P1, P7)
//
// Between a store's outbox and master data lies staging: what HQ has taken and not yet converted.
// A create that nothing stands in the way of needs it for no time: the conversion runs by itself,
// numbers are given, nobody has its UUID and no other operation of its customer is staged. So it is
// converted where it would be staged, in the same commit, and acknowledged after that. Anything
// else is staged, and decided by conversion.h.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ARRIVALS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// An operation that has come.
struct Arrival {
  // Borrowed.
  const replication::v1::Operation* operation = nullptr;
  // What it captured, checked and derived; nothing: it is to be staged.
  std::optional<PreparedCustomer> prepared;
};

// Prepares those that may be converted as they are taken. What needs much work is done before the
// command. The operations are borrowed.
absl::StatusOr<std::vector<Arrival>> PrepareArrivals(
    const Reader& reader, absl::Span<const replication::v1::Operation* const> operations,
    absl::Time now);

// Converts arrivals, for one command.
class ArrivalConverter {
 public:
  // `transaction` is borrowed; what must be known of those who come is read for all together.
  static absl::StatusOr<ArrivalConverter> Open(Transaction& transaction,
                                               absl::Span<const Arrival> arrivals);

  // True if it was converted, at a position of its own, and its final result is told; `prepared` is
  // used up. False: nothing was written.
  absl::StatusOr<bool> Convert(const TakenOperation& taken,
                               std::optional<PreparedCustomer>& prepared, absl::Time now);
  // Anything staged of the customer, or with its id?
  absl::StatusOr<bool> IsStaged(std::string_view id) const { return staged_.Has(transaction_, id); }
  // The operation is staged instead.
  void Staged(const replication::v1::Operation& operation);
  // When all have come.
  absl::Status Finish();

 private:
  using Ids = absl::flat_hash_set<CustomerId>;

  ArrivalConverter(Transaction& transaction, size_t arrivals, bool converts, StagedCustomers staged,
                   Ids known)
      : transaction_(transaction),
        converts_(converts),
        staged_(std::move(staged)),
        known_(std::move(known)),
        numbers_(transaction, arrivals) {}

  static absl::StatusOr<Ids> ReadKnown(const Reader& reader, absl::Span<const Arrival> arrivals);

  // Constant after construction.
  Transaction& transaction_;
  const bool converts_;

  StagedCustomers staged_;
  // Of those who come: the customer is there, or it was moved or discarded by a person.
  Ids known_;
  AccountNumbers numbers_;
  int64_t converted_ = 0;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ARRIVALS_H_
