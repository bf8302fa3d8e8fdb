#include "common/customer/search_words.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/status.h"
#include "common/customer/customer_index.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"

namespace comptoir {
namespace {

// So few customers are compared by their records sooner than looked for under another word.
constexpr size_t kFewCustomers = 256;
// Records read at once.
constexpr size_t kRecordsPerRead = 64;

enum class How { kMeant, kBegin, kWhole };

// The customers found under one word of the query, each by its best match.
struct Postings {
  absl::flat_hash_map<CustomerId, How> how_by_customer;
  bool complete = true;
};

struct PostingsLimits {
  size_t customers_max;
  size_t rows_max;
};

// Adds those under the keys that begin with `prefix`. Whole words come first in the index.
absl::Status AddPostings(const Reader& reader, const std::string& prefix, bool typed,
                         const PostingsLimits& limits, Postings& postings) {
  size_t rows = 0;
  return reader.Scan(
      Table::kIndex, PrefixRange(prefix, limits.rows_max + 1),
      [&](std::string_view key, std::string_view) {
        const CustomerId customer = CustomerOfIndexKey(key);
        const bool is_new = !postings.how_by_customer.contains(customer);
        const size_t customers = postings.how_by_customer.size();
        if (rows++ == limits.rows_max || (is_new && customers >= limits.customers_max)) {
          postings.complete = false;
          return false;
        }
        if (!is_new) return true;
        postings.how_by_customer[customer] = !typed                      ? How::kMeant
                                             : IsWholeValue(key, prefix) ? How::kWhole
                                                                         : How::kBegin;
        return true;
      });
}

absl::StatusOr<Postings> ReadPostings(const Reader& reader, const QueryWord& word,
                                      const PostingsLimits& limits) {
  Postings postings;
  COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, IndexPrefix(IndexTag::kWord, word.typed),
                                       /*typed=*/true, limits, postings));
  for (const std::string& meant : word.meant) {
    COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, IndexWholeValue(IndexTag::kWord, meant),
                                         /*typed=*/false, limits, postings));
  }
  return postings;
}

absl::StatusOr<WordMatches> FindByOneWord(const Reader& reader, const QueryWord& word,
                                          const WordSearchLimits& limits) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const Postings postings,
      ReadPostings(reader, word,
                   {.customers_max = limits.matches_max, .rows_max = limits.rows_per_word_max}));
  WordMatches found{.complete = postings.complete};
  for (const auto& [customer, how] : postings.how_by_customer) {
    found.matches.push_back({.customer = customer,
                             .words_whole = how == How::kWhole ? size_t{1} : size_t{0},
                             .words_meant = how == How::kMeant ? size_t{1} : size_t{0}});
  }
  return found;
}

// A customer that has one word of the query, with what the index already tells of the others.
struct Candidate {
  CustomerId customer;
  size_t words_found = 0;
  size_t words_whole = 0;
};

// The candidates of the smallest complete postings, else of the first, without those whom other
// complete postings exclude; most promising first.
std::vector<Candidate> Candidates(const std::vector<Postings>& all) {
  const Postings* base = &all.front();
  for (const Postings& postings : all) {
    const bool better = postings.complete && (!base->complete || postings.how_by_customer.size() <
                                                                     base->how_by_customer.size());
    if (better) base = &postings;
  }
  std::vector<Candidate> candidates;
  for (const auto& [customer, unused] : base->how_by_customer) {
    Candidate candidate{.customer = customer};
    bool excluded = false;
    for (const Postings& postings : all) {
      const auto how = postings.how_by_customer.find(customer);
      if (how != postings.how_by_customer.end()) {
        ++candidate.words_found;
        candidate.words_whole += how->second == How::kWhole ? 1 : 0;
      } else {
        excluded = excluded || postings.complete;
      }
    }
    if (!excluded) candidates.push_back(candidate);
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(b.words_found, b.words_whole, a.customer) <
           std::tie(a.words_found, a.words_whole, b.customer);
  });
  return candidates;
}

bool HasWord(const std::vector<std::string>& words, const std::string& word) {
  return std::binary_search(words.begin(), words.end(), word);
}

// How a customer's words, which are sorted, match one of the query; nothing if they don't.
std::optional<How> MatchOf(const QueryWord& word, const std::vector<std::string>& words) {
  // A word that begins so is the first that isn't smaller.
  const auto at = std::lower_bound(words.begin(), words.end(), word.typed);
  if (at != words.end() && at->starts_with(word.typed)) {
    return *at == word.typed ? How::kWhole : How::kBegin;
  }
  const bool meant = std::any_of(word.meant.begin(), word.meant.end(),
                                 [&](const std::string& other) { return HasWord(words, other); });
  return meant ? std::optional(How::kMeant) : std::nullopt;
}

// Nothing unless every word of the query is one of the customer's.
std::optional<WordMatch> MatchOf(const std::vector<QueryWord>& query, const CustomerId& id,
                                 const customer::v1::Customer& customer) {
  const std::vector<std::string> words = IndexedWords(customer);
  WordMatch match{.customer = id};
  for (const QueryWord& word : query) {
    const std::optional<How> how = MatchOf(word, words);
    if (!how.has_value()) return std::nullopt;
    match.words_whole += *how == How::kWhole ? 1 : 0;
    match.words_meant += *how == How::kMeant ? 1 : 0;
  }
  return match;
}

absl::Status CompareRecords(const Reader& reader, const std::vector<QueryWord>& query,
                            std::span<const Candidate> candidates, WordMatches& found) {
  std::vector<std::string> keys;
  for (const Candidate& candidate : candidates) {
    keys.push_back(CustomerRecordKey(candidate.customer));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto values, reader.MultiGet(Table::kRecords, keys));
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].has_value()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                              ParseRecord<storage::v1::CustomerRecord>(*values[i]));
    const auto match = MatchOf(query, candidates[i].customer, record.customer());
    if (match.has_value()) found.matches.push_back(*match);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WordMatches> FindByWords(const Reader& reader, std::vector<QueryWord> words,
                                        const WordSearchLimits& limits) {
  if (words.empty()) return WordMatches();
  if (words.size() == 1) return FindByOneWord(reader, words.front(), limits);
  // The longest are likely the rarest.
  std::sort(words.begin(), words.end(), [](const QueryWord& a, const QueryWord& b) {
    return std::pair(b.typed.size(), a.typed) < std::pair(a.typed.size(), b.typed);
  });
  std::vector<Postings> all;
  for (size_t i = 0; i < std::min(words.size(), limits.words_max); ++i) {
    COMPTOIR_ASSIGN_OR_RETURN(Postings postings,
                              ReadPostings(reader, words[i],
                                           {.customers_max = limits.rows_per_word_max,
                                            .rows_max = limits.rows_per_word_max}));
    const bool few = postings.complete && postings.how_by_customer.size() <= kFewCustomers;
    all.push_back(std::move(postings));
    if (few) break;
  }
  const std::vector<Candidate> candidates = Candidates(all);
  const bool any_complete = std::any_of(all.begin(), all.end(),
                                        [](const Postings& postings) { return postings.complete; });
  WordMatches found{.complete = any_complete};
  std::span<const Candidate> rest = candidates;
  if (rest.size() > limits.records_max) {
    rest = rest.first(limits.records_max);
    found.complete = false;
  }
  while (!rest.empty() && found.matches.size() < limits.matches_max) {
    const auto some = rest.first(std::min(rest.size(), kRecordsPerRead));
    COMPTOIR_RETURN_IF_ERROR(CompareRecords(reader, words, some, found));
    rest = rest.subspan(some.size());
  }
  found.complete = found.complete && rest.empty();
  return found;
}

}  // namespace comptoir
