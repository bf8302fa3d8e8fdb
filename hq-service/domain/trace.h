// Every stage that one customer has passed. (M2)
//
// Out of what is stored anyhow: staged operations, what people did to them, the customer and how
// far each channel service has read; and of each settled operation a small entry under its
// customer, which is all that is kept for this alone.
//
// Table staged: 'h', customer, position, channel service, lineage, sequence: SettledOperation.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_TRACE_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_TRACE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "hq-service/domain/connections.h"
#include "hq-service/domain/sessions.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// Settled operations of one customer that a trace shows: the oldest.
inline constexpr size_t kSettledTracedMax = 1000;

void PutSettled(Transaction& transaction, const TakenOperation& taken, const Outcome& outcome,
                Sequence sequence, absl::Time now);

// The session that is open on a line, if one is known.
using OpenSessionOf = std::function<std::optional<v1::Session>(const SessionLine& line)>;

absl::StatusOr<v1::CustomerTrace> TraceCustomer(
    const Reader& reader, const v1::TraceCustomerRequest& request,
    const std::map<std::string, ConnectionInfo>& connections, const OpenSessionOf& open);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_TRACE_H_
