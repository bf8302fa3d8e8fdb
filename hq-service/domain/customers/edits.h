// What the edits of customers and addresses share. (C7, C10, A10)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_EDITS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_EDITS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

// What every edit comes with besides its request.
struct EditContext {
  Uuid request_id;
  std::string request_digest;
  absl::Time now;
  std::string language;
  // By a channel service, which stores the answer.
  bool forwarded = false;
};

// The request id, or a fresh one if the request brings none.
absl::StatusOr<Uuid> RequestIdOf(std::string_view text, Random& random);

// CUSTOMER_REJECTED if its creation was discarded.
absl::Status CheckNotRejected(const storage::v1::CustomerRecord& record);

// CUSTOMER_PENDING if the customer is only staged, CUSTOMER_REJECTED, CUSTOMER_NOT_FOUND if HQ
// doesn't know it; HQ_UNREACHABLE if it may still be offered to HQ, which was restored.
absl::StatusOr<storage::v1::CustomerRecord> FindSyncedCustomer(const Reader& reader,
                                                               const CustomerId& id);

// Where and when people made a change: what the history of consent says of consent that was taken
// back. (C6)
struct Origin {
  // Empty: at HQ.
  std::string_view channel;
  // Not set: now.
  std::optional<absl::Time> time;
};

// Stores the changed record at `sequence`, moves its feed entry and keeps what changed in consent.
absl::Status StoreChangedCustomer(Transaction& transaction, const CustomerId& id,
                                  const storage::v1::CustomerRecord& old,
                                  storage::v1::CustomerRecord& changed, Sequence sequence,
                                  absl::Time now, const Origin& origin = {});

void RememberEdit(Transaction& transaction, const EditContext& context, const CustomerId& customer,
                  std::string_view address_id, Sequence sequence);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_EDITS_H_
