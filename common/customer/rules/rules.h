// The rules of a new or changed customer or address: what is refused, what is kept and flagged,
// what is filled in. Pure: needs no state, so it runs before a command is submitted. Both services
// use it, so both decide the same.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_RULES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_RULES_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/validate.h"
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

// How a new customer comes about.
enum class CreateKind {
  // At HQ, or at a store that asks HQ.
  kSynced,
  // In a store without asking: without F3 some parts are refused or not inherited. (F3, D2)
  kPending,
  // Converted at HQ: everything was inherited and checked against the definitions of its day by the
  // service that captured it. (D6, F9)
  kCaptured,
};

// Validates every field (INVALID_FIELDS names all that offend; NOT_SUPPORTED_YET, FEATURE_OFF if
// that is all), inherits (inheritance.h; A4–A6), derives display name, normalised e-mail and phone,
// address ids and the primary address (A7). `id` is the customer's, minted by the caller if the
// request brought none; a malformed name in the request is refused. `channel` has read
// the definitions that the customer names.
// (C2, C3, C4, C8, A2, A3, A8)
absl::StatusOr<PreparedCustomer> PrepareCustomer(const customer::v1::Customer& customer,
                                                 const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now,
                                                 CreateKind kind = CreateKind::kSynced);
// The same, given also `settable`: the customer without output-only fields, which is taken.
absl::StatusOr<PreparedCustomer> PrepareCustomer(const customer::v1::Customer& customer,
                                                 customer::v1::Customer&& settable,
                                                 const CustomerId& id,
                                                 const ChannelConfiguration& channel,
                                                 absl::Time now, CreateKind kind);

// `prepared` as kSynced, when HQ didn't answer and it becomes pending: what F3 forbids is left out,
// and what of it `request` asked for is named in warnings. (F8)
PreparedCustomer WithoutForbidden(PreparedCustomer prepared, const customer::v1::Customer& request,
                                  const ChannelConfiguration& channel);

// The form of C1: what would be inherited filled in, with where from, and a fresh UUID as name; the
// channel's field rules, and the attributes with their texts in `language`. What stores don't see
// is left out; it is inherited all the same.
customer::v1::Customer NewCustomerForm(const CustomerId& id, const ChannelConfiguration& channel,
                                       std::string_view language = "en");

// What a customer captures against the definitions that are in force: references, attributes,
// contacts, field rules. What `current` holds may stay as it is. (C9, C11, C5, F0)
void CheckCaptured(const customer::v1::Customer& customer, const customer::v1::Customer& current,
                   const ChannelConfiguration& channel, FieldCheck& check);

// `current` with the fields of `mask` taken from `change`, validated and derived anew. `channel`
// has read the definitions that either names. (C7)
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

// INVALID_FIELDS if the request makes a deactivated address primary or unmakes the primary one:
// there is always one among the active, and it is unmade by making another one. (A7)
absl::Status CheckPrimaryChange(const customer::v1::UpdateAddressRequest& request,
                                const customer::v1::Address& current, bool is_primary);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_RULES_H_
