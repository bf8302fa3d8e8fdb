// Words of a WordMemory that may have been meant: the same question as that of near_values.h, which
// reads table index.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_WORDS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/customer/records/customer_index.h"
#include "common/customer/search/near_values.h"
#include "common/customer/search/word_memory.h"

namespace comptoir {

// The words of one kind that are one typing error away from `typed` (UTF-8), never `typed` itself,
// in order. REQUIRES: one of the tags that a WordMemory knows.
std::vector<std::string> NearWords(const WordMemory& memory, IndexTag tag, std::string_view typed,
                                   const NearLimits& limits = {});

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_NEAR_WORDS_H_
