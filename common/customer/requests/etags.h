// HQ's etags are "h" and numbers in hexadecimal with hyphens between, the record's version first:
// enough to make the record again from what a caller is shown.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_ETAGS_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_ETAGS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace comptoir {

// REQUIRES: at least one number.
std::string HqEtag(std::initializer_list<uint64_t> numbers);

// A customer's, whose place among those created may be unknown: 0.
std::string HqEtagOfCustomer(uint64_t version, uint64_t created_sequence);

// ETAG_INVALID if it isn't an etag of HQ's. How many numbers it must have is the caller's to say.
absl::StatusOr<std::vector<uint64_t>> ParseHqEtag(std::string_view etag);

// ETAG_INVALID
absl::Status EtagInvalid();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_ETAGS_H_
