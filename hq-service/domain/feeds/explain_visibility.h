// Why a channel sees a customer, or doesn't. (V9)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_EXPLAIN_VISIBILITY_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_EXPLAIN_VISIBILITY_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/visibility_service.pb.h"
#include "hq-service/domain/connections.h"

namespace comptoir::hq {

// Of what is known of connections only what HQ has heard since it started. CHANNEL_NOT_FOUND;
// INVALID_FIELDS for a name that is none.
absl::StatusOr<v1::CustomerVisibility> ExplainVisibility(
    const Reader& reader, const v1::ExplainVisibilityRequest& request,
    const std::map<std::string, ConnectionInfo>& connections, std::string_view language);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_EXPLAIN_VISIBILITY_H_
