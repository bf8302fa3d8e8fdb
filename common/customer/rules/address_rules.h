// The rules of one address, as used for an address by itself and for those that come with a
// customer.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_ADDRESS_RULES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_ADDRESS_RULES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/validate.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// Before defaults: true if nothing in it says where or how to reach anybody. (A8)
bool IsBlankAddress(const customer::v1::Address& address);

// The country of an address in this channel (A6); may be empty.
std::string_view AddressCountry(const customer::v1::Address& address,
                                const ChannelConfiguration& channel);

// Fills in what is blank (A4, A5, A6) and what follows; checked before. `customer` has its display
// name, phone and type; its phone was understood as one of `phone_country`, if that is known.
// `prefix` goes before the fields that warnings name.
void CompleteAddress(customer::v1::Address& address, const customer::v1::Customer& customer,
                     std::optional<std::string_view> phone_country,
                     const ChannelConfiguration& channel, std::string_view prefix,
                     std::vector<customer::v1::Warning>& warnings);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_ADDRESS_RULES_H_
