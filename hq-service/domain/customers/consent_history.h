// Every change of a customer's consent to marketing, kept as long as the customer, written with the
// change. (C6)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CONSENT_HISTORY_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CONSENT_HISTORY_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::hq {

// `channel` is where what was taken back was taken back; empty: at HQ.
void AppendConsentChanges(Transaction& transaction, const CustomerId& id,
                          const customer::v1::Customer& before, const customer::v1::Customer& after,
                          Sequence sequence, absl::Time now, std::string_view channel);

// What one commit changed.
absl::StatusOr<std::vector<customer::v1::ConsentChange>> ConsentChangesAt(const Reader& reader,
                                                                          const CustomerId& id,
                                                                          Sequence sequence);

// CUSTOMER_NOT_FOUND, CUSTOMER_PENDING, CUSTOMER_REJECTED; INVALID_FIELDS, INVALID_PAGE_TOKEN.
absl::StatusOr<customer::v1::ListConsentChangesResponse> ListConsentChanges(
    const Reader& reader, const customer::v1::ListConsentChangesRequest& request);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CONSENT_HISTORY_H_
