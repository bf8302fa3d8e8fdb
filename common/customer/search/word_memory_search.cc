#include "common/customer/search/word_memory_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/how_words_match.h"
#include "common/customer/search/typing_errors.h"

namespace comptoir {
namespace {

// How good a match is: a sum over its words, the smaller the better. A byte for each thing that
// Match::Rank() compares, most important first.
using WordsRank = uint64_t;
static_assert(kSearchQueryCharactersMax <= UINT8_MAX + 1, "words of a query, with blanks between");

constexpr size_t kHows = static_cast<size_t>(How::kAddressMeant) + 1;

WordsRank RankOf(How how) {
  static const std::array<WordsRank, kHows> ranks = [] {
    std::array<WordsRank, kHows> all{};
    for (size_t i = 0; i < kHows; ++i) {
      WordMatch one;
      Count(static_cast<How>(i), QueryWord(), one);
      for (const size_t part : {one.words_meant, one.words_inside, one.words_of_addresses,
                                one.words_of_emails.size(), 1 - one.words_whole}) {
        all[i] = all[i] << 8 | part;
      }
    }
    return all;
  }();
  return ranks[static_cast<size_t>(how)];
}

// A word of the query and the lists of customers who have it.
class AskedWord {
 public:
  // `at`: its place in the query.
  AskedWord(const WordMemory& memory, const WordPlaces& places, const QueryWord& word, size_t at)
      : memory_(&memory), places_(places), word_(&word), at_(at) {}

  using Visit = absl::FunctionRef<bool(How how, CustomerOrdinals customers)>;
  // Visits the lists, best first, until `visit` returns false. Returns whether it never did.
  bool VisitLists(Visit visit) const {
    return (!places_.names || VisitTyped(kNamesPlace, visit)) &&
           (!places_.emails || VisitTyped(kEmailsPlace, visit)) &&
           (!places_.addresses || VisitTyped(kAddressesPlace, visit)) &&
           (!places_.names || VisitInside(IndexTag::kWord, How::kInside, visit)) &&
           (!places_.addresses ||
            VisitInside(IndexTag::kAddressWord, How::kAddressInside, visit)) &&
           (!places_.names || VisitMeant(kNamesPlace, visit)) &&
           (!places_.emails || VisitMeant(kEmailsPlace, visit)) &&
           (!places_.addresses || VisitMeant(kAddressesPlace, visit));
  }

  // Counts the customers of its lists until there are `enough`.
  size_t CountUpTo(size_t enough) {
    counted_ = 0;
    VisitLists([&](How, CustomerOrdinals list) { return (counted_ += list.size()) < enough; });
    return counted_;
  }

  const QueryWord& word() const { return *word_; }
  size_t at() const { return at_; }
  size_t counted() const { return counted_; }

 private:
  bool VisitTyped(const WordPlace& place, Visit visit) const {
    const WordVocabulary& words = memory_->words(place.tag);
    const CustomerOrdinals whole = words.CustomersOf(word_->typed);
    if (!whole.empty() && !visit(place.whole, whole)) return false;
    return word_->whole ||
           words.VisitLonger(word_->typed, [&](std::string_view, CustomerOrdinals customers) {
             return visit(place.begin, customers);
           });
  }

  bool VisitInside(IndexTag tag, How how, Visit visit) const {
    if (!word_->inside || word_->whole || CharacterCount(word_->typed) < kInsideLettersMin) {
      return true;
    }
    return memory_->words(tag).VisitContaining(
        word_->typed, [&](std::string_view word, CustomerOrdinals customers) {
          return word.starts_with(word_->typed) || visit(how, customers);
        });
  }

  bool VisitMeant(const WordPlace& place, Visit visit) const {
    const std::vector<std::string>& all_meant = MeantAt(place, *word_);
    return std::all_of(all_meant.begin(), all_meant.end(), [&](const std::string& meant) {
      const CustomerOrdinals customers = memory_->words(place.tag).CustomersOf(meant);
      return customers.empty() || visit(place.meant, customers);
    });
  }

  const WordMemory* memory_;
  WordPlaces places_;
  const QueryWord* word_;
  size_t at_;
  size_t counted_ = 0;
};

// Customers by ordinal: whether they are in it, and a number for each. As large as there are
// customers, so a thread has one for all its searches.
class SeenCustomers {
 public:
  void Begin(size_t customers) {
    if (places_.size() >= customers) return;
    bits_.resize(customers / kBits + 1);
    places_.resize(customers);
  }

  // False if the customer was in it already.
  bool Insert(CustomerOrdinal customer) {
    uint64_t& bits = bits_[customer / kBits];
    const uint64_t bit = uint64_t{1} << customer % kBits;
    if ((bits & bit) != 0) return false;
    bits |= bit;
    // More of them are sooner cleared all at once.
    if (added_.size() < bits_.size()) added_.push_back(customer);
    return true;
  }

  bool Contains(CustomerOrdinal customer) const {
    return (bits_[customer / kBits] >> customer % kBits & 1) != 0;
  }

  void Clear() {
    if (added_.size() < bits_.size()) {
      for (const CustomerOrdinal customer : added_) bits_[customer / kBits] = 0;
    } else {
      std::fill(bits_.begin(), bits_.end(), 0);
    }
    added_.clear();
  }

  // Of one that is in it.
  uint16_t& Place(CustomerOrdinal customer) { return places_[customer]; }
  static_assert(kCandidatesMax <= UINT16_MAX + 1);

 private:
  static constexpr size_t kBits = 64;

  std::vector<uint64_t> bits_;
  std::vector<uint16_t> places_;
  std::vector<CustomerOrdinal> added_;
};

SeenCustomers& SeenOfThisThread() {
  static thread_local SeenCustomers seen;
  return seen;
}

// Takes the customers who have the rarest word, best first and so many at a time, and keeps of them
// those who have the second rarest, and so on.
class MemorySearch {
 public:
  MemorySearch(const WordMemory& memory, const Reader& reader, const std::vector<QueryWord>& query,
               const WordSearchLimits& limits, const WordPlaces& places, ShownCustomers& shown)
      : memory_(memory),
        reader_(reader),
        query_(query),
        words_(ByRarity(memory, query, places)),
        matches_max_(limits.matches_max),
        candidates_max_(query.size() == 1 ? std::min(matches_max_, kCandidatesMax)
                                          : kCandidatesMax),
        records_max_(limits.records_max * (shown.all() ? 1 : limits.records_factor_of_shown)),
        in_one_email_(places.one_email && query.size() > 1),
        shown_(shown),
        seen_(SeenOfThisThread()) {
    seen_.Begin(memory.customers());
  }

  ~MemorySearch() { seen_.Clear(); }

  MemorySearch(const MemorySearch&) = delete;
  MemorySearch& operator=(const MemorySearch&) = delete;

  absl::StatusOr<WordMatches> Find() {
    const bool all = words_.front().VisitLists([&](How how, CustomerOrdinals customers) {
      return std::all_of(customers.begin(), customers.end(), [&](CustomerOrdinal customer) {
        if (!seen_.Insert(customer)) return true;
        AddCandidate(customer, how);
        return candidates_.size() < candidates_max_ || MeetOtherWords();
      });
    });
    if (all) MeetOtherWords();
    COMPTOIR_RETURN_IF_ERROR(status_);
    return BestMatches(all && complete_);
  }

 private:
  // A customer who has the first words, so many of them.
  struct Candidate {
    CustomerOrdinal customer;
    uint32_t words;
    WordsRank rank;
  };

  // One who has all.
  struct Found {
    WordsRank rank;
    CustomerOrdinal customer;
    size_t hows;  // where those of each word begin in hows_of_found_
  };

  // The longest words are likely the rarest; no more of the others is counted than tells that they
  // are more frequent.
  static std::vector<AskedWord> ByRarity(const WordMemory& memory,
                                         const std::vector<QueryWord>& query,
                                         const WordPlaces& places) {
    std::vector<AskedWord> words;
    for (size_t at = 0; at < query.size(); ++at) {
      words.emplace_back(memory, places, query[at], at);
    }
    if (words.size() == 1) return words;
    std::sort(words.begin(), words.end(), [](const AskedWord& a, const AskedWord& b) {
      return std::pair(b.word().typed.size(), a.at()) < std::pair(a.word().typed.size(), b.at());
    });
    size_t fewest = SIZE_MAX;
    for (AskedWord& word : words) fewest = std::min(fewest, word.CountUpTo(fewest));
    std::stable_sort(words.begin(), words.end(), [](const AskedWord& a, const AskedWord& b) {
      return a.counted() < b.counted();
    });
    return words;
  }

  void AddCandidate(CustomerOrdinal customer, How how) {
    seen_.Place(customer) = static_cast<uint16_t>(candidates_.size());
    candidates_.push_back({.customer = customer, .words = 0, .rank = 0});
    hows_.resize(hows_.size() + query_.size());
    AddWord(candidates_.back(), how);
  }

  // The customer has the next word, too.
  void AddWord(Candidate& candidate, How how) {
    HowsOf(candidate)[words_[candidate.words].at()] = how;
    candidate.rank += RankOf(how);
    ++candidate.words;
  }

  // How the candidate has each word of the query.
  std::span<How> HowsOf(const Candidate& candidate) {
    const auto at = static_cast<size_t>(&candidate - candidates_.data());
    return std::span(hows_).subspan(at * query_.size(), query_.size());
  }

  // Adds those of the candidates who have all other words to the matches, and begins anew without
  // candidates. Returns whether there may be more matches that are needed.
  bool MeetOtherWords() {
    for (size_t word = 1; word + 1 < words_.size(); ++word) Meet(word);
    if (words_.size() > 1) {
      MeetLast();
    } else {
      for (const Candidate& candidate : candidates_) AddMatch(candidate);
    }
    candidates_.clear();
    hows_.clear();
    return complete_ && found_.size() < matches_max_;
  }

  // Keeps the candidates who have the word.
  void Meet(size_t word) {
    size_t open = candidates_.size();
    if (open == 0) return;
    words_[word].VisitLists([&](How how, CustomerOrdinals customers) {
      return VisitCandidates(customers, word, [&](Candidate& candidate) {
        AddWord(candidate, how);
        return --open > 0;
      });
    });
    size_t kept = 0;
    for (const Candidate& candidate : candidates_) {
      if (candidate.words == word) continue;
      const std::span<How> hows = HowsOf(candidate);
      std::copy(hows.begin(), hows.end(), HowsOf(candidates_[kept]).begin());
      seen_.Place(candidate.customer) = static_cast<uint16_t>(kept);
      candidates_[kept++] = candidate;
    }
    candidates_.resize(kept);
    hows_.resize(kept * query_.size());
  }

  // Lists come best first: once there are enough matches that no later one can be better than,
  // nobody looks further.
  void MeetLast() {
    const size_t word = words_.size() - 1;
    std::optional<How> how_now;
    WordsRank best_to_come = 0;
    size_t best = 0;
    words_[word].VisitLists([&](How how, CustomerOrdinals customers) {
      if (how_now != how) {
        how_now = how;
        const std::optional<WordsRank> open = BestOpen(word);
        if (!open.has_value()) return false;
        best_to_come = *open + RankOf(how);
        best = static_cast<size_t>(
            std::count_if(found_.begin(), found_.end(),
                          [&](const Found& found) { return found.rank <= best_to_come; }));
      }
      complete_ = complete_ && best < matches_max_;
      return complete_ && VisitCandidates(customers, word, [&](Candidate& candidate) {
               AddWord(candidate, how);
               if (AddMatch(candidate) && found_.back().rank <= best_to_come) ++best;
               complete_ = complete_ && best < matches_max_;
               return complete_;
             });
    });
  }

  // The best rank of those who don't have the word yet; nothing if all have.
  std::optional<WordsRank> BestOpen(size_t word) const {
    std::optional<WordsRank> best;
    for (const Candidate& candidate : candidates_) {
      if (candidate.words != word) continue;
      if (!best.has_value() || candidate.rank < *best) best = candidate.rank;
    }
    return best;
  }

  // Visits the candidates that are in the list and don't have the word yet, until `visit` returns
  // false. Returns whether it never did.
  bool VisitCandidates(CustomerOrdinals customers, size_t word,
                       absl::FunctionRef<bool(Candidate&)> visit) {
    const auto width = static_cast<size_t>(std::bit_width(customers.size()));
    if (candidates_.size() * width * kStepCost < customers.size()) {
      return std::all_of(candidates_.begin(), candidates_.end(), [&](Candidate& candidate) {
        return candidate.words != word ||
               !std::binary_search(customers.begin(), customers.end(), candidate.customer) ||
               visit(candidate);
      });
    }
    return std::all_of(customers.begin(), customers.end(), [&](CustomerOrdinal customer) {
      if (!seen_.Contains(customer)) return true;
      const size_t at = seen_.Place(customer);
      // Others were candidates before.
      const bool is_open = at < candidates_.size() && candidates_[at].customer == customer &&
                           candidates_[at].words == word;
      return !is_open || visit(candidates_[at]);
    });
  }

  // Returns whether the candidate, who has all words, is a match.
  bool AddMatch(const Candidate& candidate) {
    const CustomerId& id = memory_.customer(candidate.customer);
    if (in_one_email_) return AddMatchInOneEmail(id, candidate.customer);
    if (!shown_.Contains(id)) {
      complete_ = complete_ && shown_.status().ok() && shown_.complete();
      return false;
    }
    AddMatch(candidate.customer, HowsOf(candidate));
    return true;
  }

  bool AddMatchInOneEmail(const CustomerId& id, CustomerOrdinal customer) {
    if (records_read_++ == records_max_) complete_ = false;
    if (!complete_) return false;
    const auto record = FindCustomer(reader_, id);
    status_ = record.status();
    complete_ = record.ok();
    if (!record.ok() || !record->has_value() || !shown_.Contains(id, **record)) return false;
    const std::optional<std::vector<How>> hows = HowInOneEmail((*record)->customer(), query_);
    if (hows.has_value()) AddMatch(customer, *hows);
    return hows.has_value();
  }

  void AddMatch(CustomerOrdinal customer, std::span<const How> hows) {
    WordsRank rank = 0;
    for (const How how : hows) rank += RankOf(how);
    found_.push_back({.rank = rank, .customer = customer, .hows = hows_of_found_.size()});
    hows_of_found_.insert(hows_of_found_.end(), hows.begin(), hows.end());
  }

  WordMatches BestMatches(bool complete) {
    const size_t count = std::min(found_.size(), matches_max_);
    const auto end = found_.begin() + static_cast<ptrdiff_t>(count);
    std::partial_sort(found_.begin(), end, found_.end(), [](const Found& a, const Found& b) {
      return std::pair(a.rank, a.customer) < std::pair(b.rank, b.customer);
    });
    WordMatches best{.matches = {}, .complete = complete && count == found_.size()};
    for (const Found& found : std::span(found_).first(count)) {
      best.matches.push_back({.customer = memory_.customer(found.customer)});
      for (size_t i = 0; i < query_.size(); ++i) {
        Count(hows_of_found_[found.hows + i], query_[i], best.matches.back());
      }
    }
    return best;
  }

  // What one step of a search in a list costs, in visits of its entries.
  static constexpr size_t kStepCost = 4;

  // Constant after construction.
  const WordMemory& memory_;
  const Reader& reader_;
  const std::vector<QueryWord>& query_;
  const std::vector<AskedWord> words_;
  const size_t matches_max_;
  const size_t candidates_max_;
  const size_t records_max_;
  const bool in_one_email_;

  ShownCustomers& shown_;
  // All that were candidates.
  SeenCustomers& seen_;
  std::vector<Candidate> candidates_;
  std::vector<How> hows_;
  std::vector<Found> found_;
  std::vector<How> hows_of_found_;
  size_t records_read_ = 0;
  // False once there may be more than were looked for; then nobody looks further.
  bool complete_ = true;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<WordMatches> FindByWords(const WordMemory& memory, const Reader& reader,
                                        const std::vector<QueryWord>& words,
                                        const WordSearchLimits& limits, const WordPlaces& places,
                                        ShownCustomers& shown) {
  if (words.empty()) return WordMatches();
  return MemorySearch(memory, reader, words, limits, places, shown).Find();
}

std::vector<std::string> NearWords(const WordMemory& memory, IndexTag tag, std::string_view typed,
                                   const NearLimits& limits) {
  const WordVocabulary& words = memory.words(tag);
  const TypingErrors errors(typed);
  std::vector<std::string> near;
  size_t lookups = 0;
  const auto keep_if_known = [&](const std::string& meant) {
    if (lookups++ < limits.seeks_max && !words.CustomersOf(meant).empty()) near.push_back(meant);
    return absl::OkStatus();
  };
  for (size_t at = 0; at <= errors.letters(); ++at) {
    const auto& nexts = words.LettersAfter(at == 0 ? "" : errors.Letter(at - 1));
    COMPTOIR_CHECK_OK(errors.TryAt(at, nexts, keep_if_known));
    if (at == errors.letters()) break;
    // No word goes on as this was typed: all are right before this letter or at it.
    if (std::find(nexts.begin(), nexts.end(), errors.Letter(at)) == nexts.end()) break;
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::erase(near, typed);
  if (near.size() > limits.values_max) near.resize(limits.values_max);
  return near;
}

}  // namespace comptoir
