#include "common/customer/search/word_memory_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/asked_word.h"
#include "common/customer/search/customer_marks.h"
#include "common/customer/search/how_words_match.h"

namespace comptoir {
namespace {

static_assert(kCandidatesMax <= CustomerMarks::kPlaceMax + 1);

// Takes the customers who have the rarest word, best first and so many at a time; those of them who
// have the second rarest, too, are candidates, and are kept if they have the third, and so on.
//
// Where steps were taken before, some word of whom they haven't found is found by a later one: the
// first of these words, in the order of the query, tells the ways to find somebody apart, so the
// query is asked once for each word, of whose lists only the new ones are taken, and of the words
// before it only the old ones. (Semi-naive evaluation, as of recursive queries in Datalog.)
class MemorySearch {
 public:
  MemorySearch(const WordMemory& memory, const Reader& reader, const std::vector<QueryWord>& query,
               const WordSearchLimits& limits, const WordPlaces& places, const FoundBefore& before,
               ShownCustomers& shown)
      : memory_(memory),
        reader_(reader),
        query_(query),
        places_(places),
        before_(before),
        matches_max_(limits.matches_max),
        first_max_(query.size() == 1 ? std::min(matches_max_, kCandidatesMax) : kCandidatesMax),
        records_max_(limits.records_max * (shown.all() ? 1 : limits.records_factor_of_shown)),
        in_one_email_(places.one_email && query.size() > 1),
        shown_(shown),
        marks_(CustomerMarks::OfThisThread()) {
    marks_.Begin(memory.customers());
  }

  MemorySearch(const MemorySearch&) = delete;
  MemorySearch& operator=(const MemorySearch&) = delete;

  absl::StatusOr<WordMatches> Find() {
    bool complete = true;
    // From behind: whose best way has its first new word at `at` has no way with a later one, but
    // may have worse ways with an earlier one.
    size_t at = before_.next == WordStep::kTyped ? 1 : query_.size();
    while (at-- > 0 && status_.ok()) complete = FindWith(ByRarity(before_.next, at)) && complete;
    COMPTOIR_RETURN_IF_ERROR(status_);
    return BestMatches(complete);
  }

 private:
  // Asks one query. Returns whether all who have its words were found.
  bool FindWith(std::vector<AskedWord> words) {
    if (words.empty()) return true;
    words_ = std::move(words);
    is_first_round_ = true;
    complete_ = true;
    MarkFound();
    const bool all = FindMarking();
    ClearMarks();
    first_.clear();
    open_of_first_.fill(0);
    candidates_.clear();
    hows_.clear();
    return all;
  }

  // Nobody looks at those who were found.
  void MarkFound() {
    for (const CustomerOrdinal customer : before_.customers) MarkMet(customer);
    for (const Found& found : found_) MarkMet(found.customer);
  }

  void MarkMet(CustomerOrdinal customer) { marks_.Set(customer, CustomerMarks::kMet); }

  void ClearMarks() {
    // Those of the rounds before are many.
    if (!is_first_round_) return marks_.ClearAll();
    marks_.Clear(first_);
    marks_.Clear(before_.customers);
    for (const Found& found : found_) marks_.Clear({&found.customer, 1});
  }

  bool FindMarking() {
    const bool all = words_.front().VisitLists(
        [this](How how, CustomerOrdinals customers) { return TakeFirst(how, customers); });
    if (all) MeetOtherWords();
    return all && complete_;
  }

  // Those who have the rarest word, as many as a round takes, and the next rounds with the others.
  // Returns false if no other is needed.
  bool TakeFirst(How how, CustomerOrdinals customers) {
    const auto mark = static_cast<uint8_t>(CustomerMarks::kFirstHow + static_cast<int>(how));
    while (true) {
      const size_t taken = first_.size();
      const size_t room = first_max_ - taken;
      marks_.MarkOthers(customers.first(std::min(room, customers.size())), mark, first_);
      open_of_first_[static_cast<size_t>(how)] += first_.size() - taken;
      if (customers.size() <= room) return true;
      customers = customers.subspan(room);
      if (first_.size() < first_max_) continue;
      // Who is marked needs no round.
      while (!customers.empty() && marks_.IsMarked(customers.front())) {
        customers = customers.subspan(1);
      }
      if (customers.empty()) return true;
      if (!BeginNextRound()) return false;
    }
  }

  // A customer who has the first words, so many of them, two at least.
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

  // The words of the query, the rarest first; none if nobody has one of them. Of the word at
  // `newest` only what is found by `next` and later steps, of those before it only what isn't.
  //
  // The longest words are likely the rarest, what is new still rarer; no more of the others is
  // counted than tells that they are more frequent.
  std::vector<AskedWord> ByRarity(WordStep next, size_t newest) const {
    std::vector<AskedWord> words;
    for (size_t at = 0; at < query_.size(); ++at) {
      WordSteps steps;
      if (at < newest) steps.last = StepBefore(next);
      if (at == newest) steps.first = next;
      words.emplace_back(memory_, places_, query_[at], at, steps);
    }
    if (words.size() == 1) return words;
    const bool any_old = next != WordStep::kTyped;
    std::sort(words.begin(), words.end(), [&](const AskedWord& a, const AskedWord& b) {
      const auto expected = [&](const AskedWord& word) {
        return std::tuple(any_old && word.at() != newest, SIZE_MAX - word.word().typed.size(),
                          word.at());
      };
      return expected(a) < expected(b);
    });
    size_t fewest = SIZE_MAX;
    for (AskedWord& word : words) {
      fewest = std::min(fewest, word.CountUpTo(fewest));
      if (fewest == 0) return {};
    }
    std::stable_sort(words.begin(), words.end(), [](const AskedWord& a, const AskedWord& b) {
      return a.counted() < b.counted();
    });
    return words;
  }

  // Returns whether there may be more matches that are needed.
  bool BeginNextRound() {
    MeetOtherWords();
    if (!complete_ || found_.size() >= matches_max_) return false;
    // Their marks stay: whoever doesn't have the second word now won't have it in the next round.
    first_.clear();
    open_of_first_.fill(0);
    candidates_.clear();
    hows_.clear();
    is_first_round_ = false;
    return true;
  }

  // Adds those who have all other words, too, to the matches.
  void MeetOtherWords() {
    if (words_.size() == 1) {
      for (const CustomerOrdinal customer : first_) {
        const How how = FirstHowOf(customer);
        AddMatch(customer, std::span(&how, 1));
      }
      return;
    }
    for (size_t word = 1; word + 1 < words_.size(); ++word) Meet(word);
    MeetLast();
  }

  How FirstHowOf(CustomerOrdinal customer) {
    return static_cast<How>(marks_[customer] - CustomerMarks::kFirstHow);
  }

  // How the candidate has each word of the query.
  std::span<How> HowsOf(const Candidate& candidate) {
    const auto at = static_cast<size_t>(&candidate - candidates_.data());
    return std::span(hows_).subspan(at * query_.size(), query_.size());
  }

  // Keeps the candidates who have the word.
  void Meet(size_t word) {
    if (word > 1 && candidates_.empty()) return;
    words_[word].VisitLists([&](How how, CustomerOrdinals customers) {
      return VisitOpen(customers, how, word, [](const Candidate&) { return true; });
    });
    size_t kept = 0;
    for (const Candidate& candidate : candidates_) {
      if (candidate.words == word) continue;
      const std::span<How> hows = HowsOf(candidate);
      std::copy(hows.begin(), hows.end(), HowsOf(candidates_[kept]).begin());
      marks_.SetPlace(candidate.customer, kept);
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
      return complete_ && VisitOpen(customers, how, word, [&](const Candidate& candidate) {
               if (AddMatch(candidate.customer, HowsOf(candidate)) &&
                   found_.back().rank <= best_to_come) {
                 ++best;
               }
               complete_ = complete_ && best < matches_max_;
               return complete_;
             });
    });
  }

  // The best rank of those who are open, who have the words before but not yet this one; nothing if
  // nobody is.
  std::optional<WordsRank> BestOpen(size_t word) const {
    std::optional<WordsRank> best;
    const auto take = [&best](WordsRank rank) {
      if (!best.has_value() || rank < *best) best = rank;
    };
    for (size_t how = 0; word == 1 && how < kHows; ++how) {
      if (open_of_first_[how] > 0) take(RankOf(static_cast<How>(how)));
    }
    for (const Candidate& candidate : candidates_) {
      if (candidate.words == word) take(candidate.rank);
    }
    return best;
  }

  // Visits those of the list who are open; they have the word then. Ends when `visit` returns
  // false; returns whether it never did.
  template <typename Visit>
  bool VisitOpen(CustomerOrdinals customers, How how, size_t word, Visit visit) {
    return word == 1 ? VisitOpenOfFirst(customers, how, visit)
                     : VisitOpenCandidates(customers, how, word, visit);
  }

  template <typename Visit>
  bool VisitOpenOfFirst(CustomerOrdinals customers, How how, Visit& visit) {
    const auto visit_if_open = [&](CustomerOrdinal customer) {
      return !IsOpenOfFirst(customer) || visit(NewCandidate(customer, how));
    };
    if (!IsSoonerSearched(customers, first_.size())) {
      return marks_.VisitMarked(customers, visit_if_open);
    }
    return std::all_of(first_.begin(), first_.end(), [&](CustomerOrdinal customer) {
      return !IsOpenOfFirst(customer) || !IsAmong(customers, customer) || visit_if_open(customer);
    });
  }

  bool IsOpenOfFirst(CustomerOrdinal customer) {
    const uint8_t mark = marks_[customer];
    return mark != CustomerMarks::kNone && mark != CustomerMarks::kMet;
  }

  template <typename Visit>
  bool VisitOpenCandidates(CustomerOrdinals customers, How how, size_t word, Visit& visit) {
    const auto visit_if_open = [&](Candidate& candidate) {
      if (candidate.words != word) return true;
      AddWord(candidate, how);
      return visit(candidate);
    };
    if (IsSoonerSearched(customers, candidates_.size())) {
      return std::all_of(candidates_.begin(), candidates_.end(), [&](Candidate& candidate) {
        return candidate.words != word || !IsAmong(customers, candidate.customer) ||
               visit_if_open(candidate);
      });
    }
    return marks_.VisitMarked(customers, [&](CustomerOrdinal customer) {
      if (marks_[customer] != CustomerMarks::kMet) return true;
      const size_t at = marks_.Place(customer);
      // Others were candidates before.
      const bool is_candidate = at < candidates_.size() && candidates_[at].customer == customer;
      return !is_candidate || visit_if_open(candidates_[at]);
    });
  }

  static bool IsAmong(CustomerOrdinals list, CustomerOrdinal customer) {
    return std::binary_search(list.begin(), list.end(), customer);
  }

  // Whether so many customers are sooner looked for in the list than it is read.
  static bool IsSoonerSearched(CustomerOrdinals list, size_t customers) {
    // What one step of a search costs, in entries that are read.
    constexpr size_t kStepCost = 4;
    return customers * kStepCost * static_cast<size_t>(std::bit_width(list.size())) < list.size();
  }

  // One of the first, who has the second word, too.
  Candidate& NewCandidate(CustomerOrdinal customer, How second) {
    const How first = FirstHowOf(customer);
    MarkMet(customer);
    --open_of_first_[static_cast<size_t>(first)];
    if (words_.size() > 2) marks_.SetPlace(customer, candidates_.size());
    candidates_.push_back({.customer = customer, .words = 0, .rank = 0});
    hows_.resize(candidates_.size() * query_.size());
    AddWord(candidates_.back(), first);
    AddWord(candidates_.back(), second);
    return candidates_.back();
  }

  void AddWord(Candidate& candidate, How how) {
    HowsOf(candidate)[words_[candidate.words].at()] = how;
    candidate.rank += RankOf(how);
    ++candidate.words;
  }

  // Returns whether the customer, who has all words, is a match.
  bool AddMatch(CustomerOrdinal customer, std::span<const How> hows) {
    const CustomerId& id = memory_.customer(customer);
    if (in_one_email_) return AddMatchInOneEmail(id, customer);
    if (!shown_.Contains(id)) {
      complete_ = complete_ && shown_.status().ok() && shown_.complete();
      return false;
    }
    AddFound(customer, hows);
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
    if (hows.has_value()) AddFound(customer, *hows);
    return hows.has_value();
  }

  void AddFound(CustomerOrdinal customer, std::span<const How> hows) {
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
    best.matches.reserve(count);
    for (const Found& found : std::span(found_).first(count)) {
      memory_.PrefetchCustomer(found.customer);
    }
    for (const Found& found : std::span(found_).first(count)) {
      best.matches.push_back(
          {.customer = memory_.customer(found.customer), .ordinal = found.customer});
      for (size_t i = 0; i < query_.size(); ++i) {
        Count(hows_of_found_[found.hows + i], query_[i], best.matches.back());
      }
    }
    return best;
  }

  // Constant after construction.
  const WordMemory& memory_;
  const Reader& reader_;
  const std::vector<QueryWord>& query_;
  const WordPlaces places_;
  const FoundBefore& before_;
  const size_t matches_max_;
  const size_t first_max_;
  const size_t records_max_;
  const bool in_one_email_;

  ShownCustomers& shown_;
  CustomerMarks& marks_;
  // The words that are asked for now, the rarest first.
  std::vector<AskedWord> words_;
  // Those of this round who have the rarest word, and how many of them are open, by how they have
  // it.
  std::vector<CustomerOrdinal> first_;
  std::array<size_t, kHows> open_of_first_{};
  std::vector<Candidate> candidates_;
  std::vector<How> hows_;
  bool is_first_round_ = true;
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
                                        ShownCustomers& shown, const FoundBefore& before) {
  if (words.empty()) return WordMatches();
  return MemorySearch(memory, reader, words, limits, places, before, shown).Find();
}

}  // namespace comptoir
