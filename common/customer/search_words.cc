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

// The customers found under one word of the query.
struct Postings {
  absl::flat_hash_map<CustomerId, bool> whole_by_customer;
  bool complete = true;
};

// Whole words come first in the index.
absl::StatusOr<Postings> ReadPostings(const Reader& reader, std::string_view word,
                                      size_t customers_max, size_t rows_max) {
  Postings postings;
  size_t rows = 0;
  const std::string prefix = IndexPrefix(IndexTag::kWord, word);
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(
      Table::kIndex, PrefixRange(prefix, rows_max + 1),
      [&](std::string_view key, std::string_view) {
        const CustomerId customer = CustomerOfIndexKey(key);
        const bool is_new = !postings.whole_by_customer.contains(customer);
        if (rows++ == rows_max || (is_new && postings.whole_by_customer.size() == customers_max)) {
          postings.complete = false;
          return false;
        }
        if (is_new) postings.whole_by_customer[customer] = IsWholeValue(key, prefix);
        return true;
      }));
  return postings;
}

absl::StatusOr<WordMatches> FindByOneWord(const Reader& reader, const std::string& word,
                                          const WordSearchLimits& limits) {
  COMPTOIR_ASSIGN_OR_RETURN(const Postings postings, ReadPostings(reader, word, limits.matches_max,
                                                                  limits.rows_per_word_max));
  WordMatches found{.complete = postings.complete};
  for (const auto& [customer, whole] : postings.whole_by_customer) {
    found.matches.push_back({customer, whole ? size_t{1} : size_t{0}});
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
    const bool better =
        postings.complete &&
        (!base->complete || postings.whole_by_customer.size() < base->whole_by_customer.size());
    if (better) base = &postings;
  }
  std::vector<Candidate> candidates;
  for (const auto& [customer, unused] : base->whole_by_customer) {
    Candidate candidate{.customer = customer};
    bool excluded = false;
    for (const Postings& postings : all) {
      const auto whole = postings.whole_by_customer.find(customer);
      if (whole != postings.whole_by_customer.end()) {
        ++candidate.words_found;
        candidate.words_whole += whole->second ? 1 : 0;
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

// How many of the query's words are whole words of the customer's; nothing if one isn't even the
// begin of one.
std::optional<size_t> WholeWords(const std::vector<std::string>& query,
                                 const customer::v1::Customer& customer) {
  const std::vector<std::string> words = IndexedWords(customer);
  size_t whole = 0;
  for (const std::string& word : query) {
    // Sorted: a word that begins so is the first that isn't smaller.
    const auto at = std::lower_bound(words.begin(), words.end(), word);
    if (at == words.end() || !at->starts_with(word)) return std::nullopt;
    whole += *at == word ? 1 : 0;
  }
  return whole;
}

absl::Status CompareRecords(const Reader& reader, const std::vector<std::string>& query,
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
    const std::optional<size_t> whole = WholeWords(query, record.customer());
    if (whole.has_value()) found.matches.push_back({candidates[i].customer, *whole});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WordMatches> FindByWords(const Reader& reader, std::vector<std::string> words,
                                        const WordSearchLimits& limits) {
  if (words.empty()) return WordMatches();
  if (words.size() == 1) return FindByOneWord(reader, words.front(), limits);
  // The longest are likely the rarest.
  std::sort(words.begin(), words.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  std::vector<Postings> all;
  for (size_t i = 0; i < std::min(words.size(), limits.words_max); ++i) {
    COMPTOIR_ASSIGN_OR_RETURN(
        Postings postings,
        ReadPostings(reader, words[i], limits.rows_per_word_max, limits.rows_per_word_max));
    const bool few = postings.complete && postings.whole_by_customer.size() <= kFewCustomers;
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
