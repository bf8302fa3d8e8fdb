// Finding customers by words in a WordMemory: the same question as that of search_words.h, which
// reads table index.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_SEARCH_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_SEARCH_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/search/search_words.h"
#include "common/customer/search/word_memory.h"
#include "common/storage/database.h"

namespace comptoir {

// Fewer letters are inside too many words to mean one of them: QueryWord::inside says nothing then.
inline constexpr size_t kInsideLettersMin = 3;

// What a search that goes on with step `next` needn't find again: whom the steps before it found,
// of the same query. Borrows them.
struct FoundBefore {
  WordStep next = WordStep::kTyped;
  absl::Span<const CustomerOrdinal> customers = {};
};

// The best `limits.matches_max` of those who have all the words, best first, in the order of
// Match::Rank() (search_matches.h); more are not needed, also of several words. All who have them
// are found, however common their words are: of the limits only those of matches and of records
// are used, the latter where records must be compared, that is where all words must be in one
// e-mail. (Of more than kCandidatesMax customers who have the rarest word, not all are ranked, if
// some fill the matches.) Not complete if there may be more.
//
// Of those who were found `before`, nobody; of the others those who have a word by its next step or
// a later one.
absl::StatusOr<WordMatches> FindByWords(const WordMemory& memory, const Reader& reader,
                                        const std::vector<QueryWord>& words,
                                        const WordSearchLimits& limits, const WordPlaces& places,
                                        ShownCustomers& shown, const FoundBefore& before = {});

inline constexpr size_t kCandidatesMax = 1 << 16;

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_SEARCH_H_
