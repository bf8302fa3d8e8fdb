// The lists of customers that a word of a query asks for in a WordMemory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_ASKED_WORD_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_ASKED_WORD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"
#include "common/customer/normalize.h"
#include "common/customer/search/how_words_match.h"
#include "common/customer/search/search_words.h"
#include "common/customer/search/word_memory.h"
#include "common/customer/search/word_memory_search.h"

namespace comptoir {

// Steps that follow each other.
struct WordSteps {
  WordStep first = WordStep::kTyped;
  WordStep last = WordStep::kMeant;
};

// REQUIRES: not the first one.
inline WordStep StepBefore(WordStep step) {
  COMPTOIR_CHECK(step != WordStep::kTyped);
  return static_cast<WordStep>(static_cast<uint8_t>(step) - 1);
}

// A word of the query and the lists of customers who have it. Borrows all that it is given, and
// keeps lists: no longer than the memory stays as it is.
class AskedWord {
 public:
  // `at`: its place in the query.
  AskedWord(const WordMemory& memory, const WordPlaces& places, const QueryWord& word, size_t at,
            WordSteps steps)
      : memory_(&memory), places_(places), word_(&word), at_(at), steps_(steps) {}

  // Visits the lists of these steps, best first, until `visit(how, customers)` returns false.
  // Returns whether it never did.
  template <typename Visit>
  bool VisitLists(Visit visit) const {
    if (are_kept_) {
      return std::all_of(kept_.begin(), kept_.end(),
                         [&](const Kept& list) { return visit(list.how, list.customers); });
    }
    return (!Takes(WordStep::kTyped) || VisitTyped(visit)) &&
           (!Takes(WordStep::kInside) || VisitInside(visit)) &&
           (!Takes(WordStep::kMeant) || VisitMeant(visit));
  }

  // Counts the customers of its lists until there are `enough`. Who was counted to the end is the
  // rarest, and visited next: a few lists are kept until then.
  size_t CountUpTo(size_t enough) {
    counted_ = 0;
    const bool all = VisitLists([&](How how, CustomerOrdinals list) {
      if (kept_.size() <= kListsKeptMax) kept_.push_back({.how = how, .customers = list});
      return (counted_ += list.size()) < enough;
    });
    are_kept_ = all && kept_.size() <= kListsKeptMax;
    return counted_;
  }

  const QueryWord& word() const { return *word_; }
  size_t at() const { return at_; }
  size_t counted() const { return counted_; }

 private:
  struct Kept {
    How how;
    CustomerOrdinals customers;
  };
  static constexpr size_t kListsKeptMax = 256;

  bool Takes(WordStep step) const { return steps_.first <= step && step <= steps_.last; }

  template <typename Visit>
  bool VisitTyped(Visit& visit) const {
    return (!places_.names || VisitTyped(kNamesPlace, visit)) &&
           (!places_.emails || VisitTyped(kEmailsPlace, visit)) &&
           (!places_.addresses || VisitTyped(kAddressesPlace, visit));
  }

  template <typename Visit>
  bool VisitInside(Visit& visit) const {
    return (!places_.names || VisitInside(IndexTag::kWord, How::kInside, visit)) &&
           (!places_.addresses || VisitInside(IndexTag::kAddressWord, How::kAddressInside, visit));
  }

  template <typename Visit>
  bool VisitMeant(Visit& visit) const {
    return (!places_.names || VisitMeant(kNamesPlace, visit)) &&
           (!places_.emails || VisitMeant(kEmailsPlace, visit)) &&
           (!places_.addresses || VisitMeant(kAddressesPlace, visit));
  }

  template <typename Visit>
  bool VisitTyped(const WordPlace& place, Visit& visit) const {
    const WordVocabulary& words = memory_->words(place.tag);
    const CustomerOrdinals whole = words.CustomersOf(word_->typed);
    if (!whole.empty() && !visit(place.whole, whole)) return false;
    return word_->whole ||
           words.VisitLonger(word_->typed, [&](std::string_view, CustomerOrdinals customers) {
             return visit(place.begin, customers);
           });
  }

  template <typename Visit>
  bool VisitInside(IndexTag tag, How how, Visit& visit) const {
    if (!word_->inside || word_->whole || CharacterCount(word_->typed) < kInsideLettersMin) {
      return true;
    }
    return memory_->words(tag).VisitContaining(
        word_->typed, [&](std::string_view word, CustomerOrdinals customers) {
          return word.starts_with(word_->typed) || visit(how, customers);
        });
  }

  template <typename Visit>
  bool VisitMeant(const WordPlace& place, Visit& visit) const {
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
  WordSteps steps_;
  size_t counted_ = 0;
  std::vector<Kept> kept_;
  bool are_kept_ = false;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_ASKED_WORD_H_
