// What somebody may have meant who typed one letter wrong, left one out, put one too many or
// swapped two.
//
// The values are found in the sorted index itself, by seeks: the way search engines walk their
// sorted terms with a Levenshtein automaton, here for the distance of one. So typing errors cost no
// keys, no memory and no upkeep; a few hundred seeks when they are looked for.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_VALUES_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_VALUES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/records/customer_index.h"
#include "common/storage/database.h"

namespace comptoir {

// Fewer letters, or digits of a phone, have too many neighbours to mean one of them.
inline constexpr size_t kNearLettersMin = 4;
inline constexpr size_t kNearDigitsMin = 7;

// What one search may cost; what it cuts off is not found.
struct NearLimits {
  size_t seeks_max = 4'000;
  size_t values_max = 32;
};

enum class NearTo { kWholeValues, kBeginnings };

// Values of the index, or beginnings of some, that are one typing error away from `value` (UTF-8);
// never `value` itself. In no order.
absl::StatusOr<std::vector<std::string>> NearValues(const Reader& reader, IndexTag tag,
                                                    std::string_view value, NearTo to,
                                                    const NearLimits& limits = {});

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_VALUES_H_
