// How a word of a query matches a customer, wherever it is looked for: in the index or in memory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_HOW_WORDS_MATCH_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_HOW_WORDS_MATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/customer/records/customer_index.h"
#include "common/customer/search/search_words.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// Better ones first.
enum class How : uint8_t {
  kWhole,
  kBegin,
  kEmailWhole,
  kEmailBegin,
  kAddressWhole,
  kAddressBegin,
  kInside,
  kAddressInside,
  kMeant,
  kEmailMeant,
  kAddressMeant,
};

inline constexpr size_t kHows = static_cast<size_t>(How::kAddressMeant) + 1;

// How good a match is: a sum over its words, the smaller the better. A byte for each thing that
// Match::Rank() (search_matches.h) compares, most important first.
using WordsRank = uint64_t;
// What one word adds.
WordsRank RankOf(How how);

// Where words are, and how they match there.
struct WordPlace {
  IndexTag tag;
  How whole;
  How begin;
  How meant;
};
inline constexpr WordPlace kNamesPlace = {IndexTag::kWord, How::kWhole, How::kBegin, How::kMeant};
inline constexpr WordPlace kEmailsPlace = {IndexTag::kEmailWord, How::kEmailWhole, How::kEmailBegin,
                                           How::kEmailMeant};
inline constexpr WordPlace kAddressesPlace = {IndexTag::kAddressWord, How::kAddressWhole,
                                              How::kAddressBegin, How::kAddressMeant};

// What may have been meant by a word, of those at a place.
const std::vector<std::string>& MeantAt(const WordPlace& place, const QueryWord& word);

// Adds one word of the query to what is told of a match.
void Count(How how, const QueryWord& word, WordMatch& match);

// How one word of the query is among the words at a place, which are sorted; nothing if it isn't.
std::optional<How> HowAmong(const std::vector<std::string>& words, const QueryWord& word,
                            const WordPlace& place);

// How each word of the query is in one of the customer's e-mails: the first that has all of them.
// Nothing if none has.
std::optional<std::vector<How>> HowInOneEmail(const customer::v1::Customer& customer,
                                              const std::vector<QueryWord>& query);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_HOW_WORDS_MATCH_H_
