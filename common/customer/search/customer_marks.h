#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/prefetch.h"
#include "common/customer/search/word_vocabulary.h"

namespace comptoir {

// What a search knows of each customer, by ordinal. As large as there are customers, so a thread
// has one for all its searches, and leaves it as it was.
class CustomerMarks {
 public:
  // Nothing is known of somebody; how somebody has the rarest word, from kFirstHow on; it was
  // looked whether he has the second word, too.
  static constexpr uint8_t kNone = 0;
  static constexpr uint8_t kFirstHow = 1;
  static constexpr uint8_t kMet = UINT8_MAX;

  static CustomerMarks& OfThisThread() {
    static thread_local CustomerMarks marks;
    return marks;
  }

  void Begin(size_t customers) {
    if (marks_.size() < customers) marks_.resize(customers);
  }

  uint8_t& operator[](CustomerOrdinal customer) { return marks_[customer]; }

  // Visits customers in their order until `visit` returns false; returns whether it never did.
  // Their marks are far from one another, so those of the next ones are brought meanwhile.
  template <typename Visit>
  bool VisitAll(std::span<const CustomerOrdinal> customers, Visit visit) const {
    constexpr size_t kAhead = 16;
    for (size_t i = 0; i < customers.size(); ++i) {
      if (i + kAhead < customers.size()) Prefetch(&marks_[customers[i + kAhead]]);
      if (!visit(customers[i])) return false;
    }
    return true;
  }

  // `marked` are all that were, unless they are so many that it is sooner cleared as a whole.
  void Clear(std::span<const CustomerOrdinal> marked, bool all) {
    if (all) {
      std::fill(marks_.begin(), marks_.end(), kNone);
    } else {
      for (const CustomerOrdinal customer : marked) marks_[customer] = kNone;
    }
  }

  // A number for each, kPlaceMax at most, which is what it was set to last.
  static constexpr size_t kPlaceMax = UINT16_MAX;
  void SetPlace(CustomerOrdinal customer, size_t place) {
    if (places_.size() < marks_.size()) places_.resize(marks_.size());
    places_[customer] = static_cast<uint16_t>(place);
  }
  size_t Place(CustomerOrdinal customer) const { return places_[customer]; }

 private:
  std::vector<uint8_t> marks_;
  std::vector<uint16_t> places_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_
