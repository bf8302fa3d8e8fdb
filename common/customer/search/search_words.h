// The part of the search that is about words: all words of a query, each as the beginning of a word
// of the customer's names, of its e-mails or of one of its addresses, in any order; or as a word
// that is one typing error away.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_WORDS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"
#include "common/storage/database.h"

namespace comptoir {

// What one search may cost, however common its words are. What they cut off makes it incomplete.
struct WordSearchLimits {
  // Matches that are looked for; more are not needed.
  size_t matches_max = 200;
  // Index rows read for one word.
  size_t rows_per_word_max = 10'000;
  // Words looked up in the index, the longest first; the others are only compared with records.
  size_t words_max = 8;
  // Records read to compare their words; where not all customers are shown, so many times more.
  size_t records_max = 1'000;
  size_t records_factor_of_shown = 10;
  // Customers whose addresses are read to compare theirs, and how many of each.
  size_t address_readings_max = 100;
  size_t addresses_per_reading_max = 20;
};

// A word of a query, folded, with the whole words that may have been meant instead.
struct QueryWord {
  std::string typed;
  // Typed to its end: it begins no longer one.
  bool whole = false;
  // Looked for inside words of names and addresses, too, where words are found in memory.
  bool inside = false;
  std::vector<std::string> meant = {};
  // The same, of e-mails and of addresses.
  std::vector<std::string> meant_of_emails = {};
  std::vector<std::string> meant_of_addresses = {};
};

// How a word is looked for, one step after the other, as long as they don't fill a page: as it was
// typed; inside other words; as what may have been meant.
enum class WordStep : uint8_t { kTyped, kInside, kMeant };

// Where words are looked for.
struct WordPlaces {
  bool names = true;
  bool emails = true;
  bool addresses = true;
  // All of them in one and the same e-mail.
  bool one_email = false;
};

struct WordMatch {
  CustomerId customer;
  // Of who was found in memory.
  CustomerOrdinal ordinal = kNoOrdinal;
  // How many words of the query are whole words; how many are only inside others; how many are only
  // one of the words that may have been meant; how many are found in addresses, not in names.
  size_t words_whole = 0;
  size_t words_inside = 0;
  size_t words_meant = 0;
  size_t words_of_addresses = 0;
  // Those, as they were typed, that are found in e-mails, not in names.
  std::vector<std::string> words_of_emails = {};
};

struct WordMatches {
  std::vector<WordMatch> matches;
  bool complete = true;  // false if there may be more
};

// No words match nobody. Only customers that are shown: see there whether that is all.
absl::StatusOr<WordMatches> FindByWords(const Reader& reader, std::vector<QueryWord> words,
                                        const WordSearchLimits& limits, const WordPlaces& places,
                                        ShownCustomers& shown);

// Whether one of an e-mail's words, which are sorted, is that of a query.
bool HasEmailWord(const std::vector<std::string>& words, const QueryWord& word);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_WORDS_H_
