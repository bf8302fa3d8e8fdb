// The rules of a new or changed customer or address: what is refused, what is kept and flagged,
// what is filled in. Pure: needs no state, so it runs before a command is submitted. Both services
// use it, so both decide the same.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/names.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

inline constexpr int kAddressesPerCreateMax = 100;

// A customer ready to be stored, with its addresses; not yet numbered, placed or dated.
struct PreparedCustomer {
  CustomerId id;
  storage::v1::CustomerRecord record;  // its primary address is set
  std::vector<storage::v1::AddressRecord> addresses;
  std::vector<customer::v1::Warning> warnings;
};

// Validates every field (INVALID_FIELDS names all that offend; NOT_SUPPORTED_YET for what has no
// definitions), inherits defaults (D5, A4–A6), derives display name, normalised e-mail and phone,
// address ids and the primary address (A7). `id` is the customer's, minted by the caller if the
// request brought none; a malformed name in the request is refused. `today` is for birth dates.
// (C2, C3, C4, C8, A2, A3, A8)
absl::StatusOr<PreparedCustomer> PrepareCustomer(const customer::v1::Customer& customer,
                                                 const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now);

// The form of C1: defaults filled in and a fresh UUID as name.
customer::v1::Customer NewCustomerForm(const CustomerId& id, const ChannelConfiguration& channel);

// `current` with the fields of `mask` taken from `change`, validated and derived anew. (C7)
absl::StatusOr<customer::v1::Customer> ChangeCustomer(const customer::v1::Customer& current,
                                                      const customer::v1::Customer& change,
                                                      const google::protobuf::FieldMask& mask,
                                                      const ChannelConfiguration& channel,
                                                      absl::Time now);

struct PreparedAddress {
  AddressId id;
  storage::v1::AddressRecord record;
  bool primary = false;  // asked to become primary
  std::vector<customer::v1::Warning> warnings;
};

// A new address for `customer` (a stored one: blank name and phone default from it, A5).
absl::StatusOr<PreparedAddress> PrepareAddress(const customer::v1::Address& address,
                                               const AddressId& id,
                                               const customer::v1::Customer& customer,
                                               const ChannelConfiguration& channel);

absl::StatusOr<PreparedAddress> ChangeAddress(const customer::v1::Address& current,
                                              const customer::v1::Address& change,
                                              const google::protobuf::FieldMask& mask,
                                              const customer::v1::Customer& customer,
                                              const ChannelConfiguration& channel);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_H_
