// An address becomes master data: dated, placed, published. The same for one that is created in
// real time and for a converted one.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_ADDRESS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

struct NewAddress {
  const PreparedAddress& prepared;
  std::string request_digest;
  // When the first service that saw it committed it.
  google::protobuf::Timestamp create_time;
};

// An address and its customer, as they are stored.
struct StoredAddress {
  storage::v1::CustomerRecord customer;
  storage::v1::AddressRecord address;
};

// Stores and publishes the address at `sequence`; it becomes the primary one if it asks for that or
// is the first. (A7)
absl::StatusOr<StoredAddress> StoreNewAddress(Transaction& transaction,
                                              const storage::v1::CustomerRecord& customer,
                                              const NewAddress& made, Sequence sequence,
                                              absl::Time now);

// Stores and publishes an address that changed, or a new one.
absl::Status StoreChangedAddress(Transaction& transaction, const AddressKey& key,
                                 const storage::v1::CustomerRecord& customer,
                                 const std::optional<storage::v1::AddressRecord>& old,
                                 storage::v1::AddressRecord& changed, Sequence sequence,
                                 absl::Time now);

// Makes `primary` (empty: none) the customer's primary address.
absl::Status StorePrimary(Transaction& transaction, const CustomerId& id,
                          storage::v1::CustomerRecord& customer, std::string_view primary,
                          Sequence sequence, absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_NEW_ADDRESS_H_
