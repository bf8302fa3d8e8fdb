// A customer's place among those that are in memory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_KNOWN_CUSTOMER_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_KNOWN_CUSTOMER_H_

#include <cstdint>
#include <span>

#include "common/customer/requests/names.h"

namespace comptoir {

// A customer's place among those that a WordMemory knows.
using CustomerOrdinal = uint32_t;
using CustomerOrdinals = std::span<const CustomerOrdinal>;
// Nobody has this one.
inline constexpr CustomerOrdinal kNoOrdinal = UINT32_MAX;

// With its place, who was found in memory isn't looked for there again.
struct KnownCustomer {
  CustomerId id;
  CustomerOrdinal ordinal = kNoOrdinal;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_KNOWN_CUSTOMER_H_
