#include "common/customer/search/search_words.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/status.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/how_words_match.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

// So few customers are compared by their records sooner than looked for under another word.
constexpr size_t kFewCustomers = 256;
// Records read at once.
constexpr size_t kRecordsPerRead = 64;

// The customers found under one word of the query, each by its best match.
struct Postings {
  absl::flat_hash_map<CustomerId, How> how_by_customer;
  bool complete = true;
};

struct PostingsLimits {
  size_t customers_max;
  size_t rows_max;
  // Of these customers only; null: of all.
  ShownCustomers* shown = nullptr;
};

// Adds those under the keys that begin with `prefix`: `whole` if that is all of the value, else
// `begin`. Whole words come first in the index.
absl::Status AddPostings(const Reader& reader, const std::string& prefix, How whole, How begin,
                         const PostingsLimits& limits, Postings& postings) {
  size_t rows = 0;
  return ScanKeys(
      reader, Table::kIndex, PrefixRange(prefix, limits.rows_max + 1), [&](std::string_view key) {
        const CustomerId customer = CustomerOfIndexKey(key);
        const bool is_new = !postings.how_by_customer.contains(customer);
        if (rows++ == limits.rows_max ||
            (is_new && postings.how_by_customer.size() >= limits.customers_max)) {
          postings.complete = false;
          return false;
        }
        if (is_new && limits.shown != nullptr && !limits.shown->Contains(customer)) return true;
        if (is_new) postings.how_by_customer[customer] = IsWholeValue(key, prefix) ? whole : begin;
        return true;
      });
}

// Adds those whom `word` matches at one place.
absl::Status AddPostings(const Reader& reader, const QueryWord& word, const WordPlace& place,
                         const PostingsLimits& limits, Postings& postings) {
  if (word.whole) {
    COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, IndexWholeValue(place.tag, word.typed),
                                         place.whole, place.whole, limits, postings));
  } else {
    COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, IndexPrefix(place.tag, word.typed), place.whole,
                                         place.begin, limits, postings));
  }
  for (const std::string& meant : MeantAt(place, word)) {
    COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, IndexWholeValue(place.tag, meant), place.meant,
                                         place.meant, limits, postings));
  }
  return absl::OkStatus();
}

absl::StatusOr<WordMatches> FindByOneWord(const Reader& reader, const QueryWord& word,
                                          const WordSearchLimits& limits, const WordPlaces& places,
                                          ShownCustomers& shown) {
  const PostingsLimits postings_limits = {
      .customers_max = limits.matches_max, .rows_max = limits.rows_per_word_max, .shown = &shown};
  Postings postings;
  for (const auto& [is_asked, place] :
       {std::pair(places.names, kNamesPlace), std::pair(places.emails, kEmailsPlace),
        std::pair(places.addresses, kAddressesPlace)}) {
    if (!is_asked) continue;
    // Those that follow rank lower.
    if (postings.how_by_customer.size() >= limits.matches_max) {
      postings.complete = false;
      break;
    }
    COMPTOIR_RETURN_IF_ERROR(AddPostings(reader, word, place, postings_limits, postings));
  }
  WordMatches found{.complete = postings.complete};
  for (const auto& [customer, how] : postings.how_by_customer) {
    found.matches.push_back({.customer = customer});
    Count(how, word, found.matches.back());
  }
  // Always in the same order.
  std::sort(found.matches.begin(), found.matches.end(),
            [](const WordMatch& a, const WordMatch& b) { return a.customer < b.customer; });
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

// Compares the words of records with those of a query. What the postings leave open is looked for
// in the addresses, a bounded number of them.
class Comparison {
 public:
  Comparison(const Reader& reader, const std::vector<QueryWord>& query,
             const std::vector<Postings>& in_addresses, const WordSearchLimits& limits,
             const WordPlaces& places, ShownCustomers& shown)
      : reader_(reader),
        query_(query),
        in_addresses_(in_addresses),
        limits_(limits),
        places_(places),
        shown_(shown) {}

  // Adds those of the candidates that have every word of the query.
  absl::Status Compare(std::span<const Candidate> candidates, WordMatches& found) {
    std::vector<std::string> keys;
    for (const Candidate& candidate : candidates) {
      keys.push_back(CustomerRecordKey(candidate.customer));
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto values, reader_.MultiGet(Table::kRecords, keys));
    for (size_t i = 0; i < values.size(); ++i) {
      if (!values[i].has_value()) continue;
      COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                                ParseRecord<storage::v1::CustomerRecord>(*values[i]));
      if (!shown_.Contains(candidates[i].customer, record)) continue;
      COMPTOIR_ASSIGN_OR_RETURN(const auto match,
                                MatchOf(candidates[i].customer, record.customer()));
      if (match.has_value()) found.matches.push_back(*match);
    }
    found.complete = found.complete && complete_;
    return absl::OkStatus();
  }

 private:
  // Nothing unless every word of the query is one of the customer's.
  absl::StatusOr<std::optional<WordMatch>> MatchOf(const CustomerId& id,
                                                   const customer::v1::Customer& customer) {
    WordMatch match{.customer = id};
    if (places_.one_email) {
      const std::optional<std::vector<How>> hows = HowInOneEmail(customer, query_);
      if (!hows.has_value()) return std::nullopt;
      for (size_t i = 0; i < query_.size(); ++i) Count((*hows)[i], query_[i], match);
      return match;
    }
    const std::vector<std::string> names =
        places_.names ? IndexedWords(customer) : std::vector<std::string>();
    std::optional<std::vector<std::string>> emails;
    std::optional<std::vector<std::string>> addresses;
    for (size_t i = 0; i < query_.size(); ++i) {
      std::optional<How> how = HowAmong(names, query_[i], kNamesPlace);
      if (!how.has_value() && places_.emails) {
        if (!emails.has_value()) emails = IndexedEmailWords(customer);
        how = HowAmong(*emails, query_[i], kEmailsPlace);
      }
      const bool is_open =
          places_.addresses && (i >= in_addresses_.size() || !in_addresses_[i].complete);
      if (!how.has_value() && i < in_addresses_.size()) {
        const auto found = in_addresses_[i].how_by_customer.find(id);
        if (found != in_addresses_[i].how_by_customer.end()) how = found->second;
      }
      if (!how.has_value() && is_open) {
        if (!addresses.has_value()) {
          COMPTOIR_ASSIGN_OR_RETURN(addresses, AddressWords(id));
        }
        how = HowAmong(*addresses, query_[i], kAddressesPlace);
      }
      if (!how.has_value()) return std::nullopt;
      Count(*how, query_[i], match);
    }
    return match;
  }

  absl::StatusOr<std::vector<std::string>> AddressWords(const CustomerId& id) {
    std::vector<std::string> words;
    if (++readings_ > limits_.address_readings_max) {
      complete_ = false;
      return words;
    }
    const KeyRange range =
        PrefixRange(AddressRecordPrefix(id), limits_.addresses_per_reading_max + 1);
    size_t addresses = 0;
    COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::AddressRecord>(
        reader_, Table::kRecords, range,
        [&](std::string_view, const storage::v1::AddressRecord& record) {
          ++addresses;
          if (record.address().deactivated()) return true;
          for (std::string& word : IndexedWords(record.address())) words.push_back(std::move(word));
          return true;
        }));
    if (addresses > limits_.addresses_per_reading_max) complete_ = false;
    std::sort(words.begin(), words.end());
    return words;
  }

  const Reader& reader_;
  const std::vector<QueryWord>& query_;
  const std::vector<Postings>& in_addresses_;
  const WordSearchLimits& limits_;
  const WordPlaces& places_;
  ShownCustomers& shown_;

  size_t readings_ = 0;
  bool complete_ = true;
};

}  // namespace

absl::StatusOr<WordMatches> FindByWords(const Reader& reader, std::vector<QueryWord> words,
                                        const WordSearchLimits& limits, const WordPlaces& places,
                                        ShownCustomers& shown) {
  if (words.empty()) return WordMatches();
  if (words.size() == 1) return FindByOneWord(reader, words.front(), limits, places, shown);
  // The longest are likely the rarest.
  std::sort(words.begin(), words.end(), [](const QueryWord& a, const QueryWord& b) {
    return std::pair(b.typed.size(), a.typed) < std::pair(a.typed.size(), b.typed);
  });
  const PostingsLimits postings_limits = {.customers_max = limits.rows_per_word_max,
                                          .rows_max = limits.rows_per_word_max};
  std::vector<Postings> in_addresses;
  std::vector<Postings> all;
  bool few = false;
  for (size_t i = 0; i < std::min(words.size(), limits.words_max); ++i) {
    in_addresses.emplace_back();
    if (places.addresses) {
      COMPTOIR_RETURN_IF_ERROR(
          AddPostings(reader, words[i], kAddressesPlace, postings_limits, in_addresses.back()));
    }
    // Names and e-mails are compared sooner than looked for, once there are few candidates.
    if (few) continue;
    Postings anywhere;
    if (places.names) {
      COMPTOIR_RETURN_IF_ERROR(
          AddPostings(reader, words[i], kNamesPlace, postings_limits, anywhere));
    }
    if (places.emails) {
      COMPTOIR_RETURN_IF_ERROR(
          AddPostings(reader, words[i], kEmailsPlace, postings_limits, anywhere));
    }
    anywhere.how_by_customer.insert(in_addresses.back().how_by_customer.begin(),
                                    in_addresses.back().how_by_customer.end());
    anywhere.complete = anywhere.complete && in_addresses.back().complete;
    few = anywhere.complete && anywhere.how_by_customer.size() <= kFewCustomers;
    all.push_back(std::move(anywhere));
  }
  const std::vector<Candidate> candidates = Candidates(all);
  const bool any_complete = std::any_of(all.begin(), all.end(),
                                        [](const Postings& postings) { return postings.complete; });
  WordMatches found{.complete = any_complete};
  std::span<const Candidate> rest = candidates;
  const size_t records_max =
      limits.records_max * (shown.all() ? 1 : limits.records_factor_of_shown);
  if (rest.size() > records_max) {
    rest = rest.first(records_max);
    found.complete = false;
  }
  Comparison comparison(reader, words, in_addresses, limits, places, shown);
  while (!rest.empty() && found.matches.size() < limits.matches_max) {
    const auto some = rest.first(std::min(rest.size(), kRecordsPerRead));
    COMPTOIR_RETURN_IF_ERROR(comparison.Compare(some, found));
    rest = rest.subspan(some.size());
  }
  found.complete = found.complete && rest.empty();
  return found;
}

bool HasEmailWord(const std::vector<std::string>& words, const QueryWord& word) {
  return HowAmong(words, word, kEmailsPlace).has_value();
}

}  // namespace comptoir
