// One customer, converted because somebody waits for it: an order, the end of the day. (P10)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ENSURE_SYNCHRONIZED_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ENSURE_SYNCHRONIZED_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/domain/answered.h"

namespace comptoir::hq {

// The customer, converted now if it was only staged, with what the job would have made of it; the
// error is what keeps it from being converted, and nothing is written then. A customer that HQ
// doesn't know (yet) is CUSTOMER_NOT_FOUND.
absl::StatusOr<Answered<customer::v1::Customer>> EnsureSynchronized(
    Transaction& transaction, const customer::v1::EnsureSynchronizedRequest& request,
    absl::Time now, const std::string& language);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_ENSURE_SYNCHRONIZED_H_
