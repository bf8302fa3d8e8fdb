// What HQ says of this service's operations, brought into the outbox and the records. (P8, P13, S6)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_SETTLE_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_SETTLE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/address_books.h"
#include "common/customer/records/apply_change.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::channel {

// Fails, without touching a database, for a result that ApplyResult could not apply; its records
// are checked where they are parsed.
absl::Status CheckResult(const replication::v1::OperationResult& result);

// Not final: the entry learns its state and reason, the pending customer shows the reason; an
// operation that this service has lost and HQ gives back is put back, with its pending records.
// Applied: the entry goes, HQ's records replace all that the operation had put there.
// Discarded: the entry goes, HQ's records replace all that it had put there; without one of HQ's
// the customer becomes REJECTED, without personal data. A result may come again, and of an
// operation that is settled: it then changes nothing but bring HQ's records. `records` are those of
// the result that are to be applied, `row` is what FindOperation() finds, `held` the books that
// are held, `state` the outbox's as it is stored, before and after. REQUIRES: CheckResult.
absl::Status ApplyResult(Transaction& transaction, const replication::v1::OperationResult& result,
                         absl::Span<const ParsedChange> records, const HeldBooks& held,
                         storage::v1::OutboxState& state, std::optional<OutboxRow> row);

// An operator gave up this database's outbox: every operation in it ends as discarded. One
// transaction, however many they are.
absl::Status DiscardUnsettled(Transaction& transaction);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_SETTLE_H_
