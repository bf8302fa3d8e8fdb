// A customer becomes master data: numbered, dated, placed, published. The same for a create in real
// time and for a converted one.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_CUSTOMER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_CUSTOMER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

struct NewCustomer {
  PreparedCustomer prepared;
  std::string request_digest;
  // When the first service that saw it committed it.
  google::protobuf::Timestamp create_time;
  // Taken by the caller.
  std::string account_number;
};

struct StoredCustomer {
  storage::v1::CustomerRecord customer;
  std::vector<storage::v1::AddressRecord> addresses;
};

// Stores and publishes customer and addresses at `sequence`, and wakes the operations that wait for
// the customer.
absl::StatusOr<StoredCustomer> StoreNewCustomer(Transaction& transaction, NewCustomer made,
                                                Sequence sequence, absl::Time now);

// The part of it that is the customer's own: the caller counts it, and has found that nothing waits
// for it. The records of `made` become those that are stored.
absl::Status PutNewCustomer(Transaction& transaction, NewCustomer& made, Sequence sequence,
                            absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_CUSTOMER_H_
