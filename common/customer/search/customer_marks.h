#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/huge_pages.h"
#include "common/customer/search/known_customer.h"

namespace comptoir {

// What a search knows of each customer, by ordinal. As large as there are customers, so a thread
// has one for all its searches, and leaves it as it was.
//
// Lists are read to the end for the few customers of whom something is known, or isn't yet. That is
// a bit for each: those of a million are in the nearest caches, the marks aren't.
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
    if (marks_.size() >= customers) return;
    marks_.resize(customers);
    marked_.resize(customers / kBits + 1);
  }

  uint8_t operator[](CustomerOrdinal customer) const {
    return IsMarked(customer) ? marks_[customer] : kNone;
  }
  void Set(CustomerOrdinal customer, uint8_t mark) {
    BitsOf(customer) |= BitOf(customer);
    marks_[customer] = mark;
  }
  bool IsMarked(CustomerOrdinal customer) const {
    return (marked_[customer / kBits] & BitOf(customer)) != 0;
  }

  // Marks those who aren't marked, and appends them to `marked`.
  void MarkOthers(std::span<const CustomerOrdinal> customers, uint8_t mark,
                  std::vector<CustomerOrdinal>& marked) {
    // In steps, for a vector looks for room with each that is appended.
    std::array<CustomerOrdinal, 256> others;
    while (!customers.empty()) {
      const auto step = customers.first(std::min(customers.size(), others.size()));
      customers = customers.subspan(step.size());
      const size_t count = MarkOthers(step, mark, others.data());
      marked.insert(marked.end(), others.begin(), others.begin() + count);
    }
  }

  // Visits the marked ones of these customers, in their order, until `visit` returns false; returns
  // whether it never did.
  template <typename Visit>
  bool VisitMarked(std::span<const CustomerOrdinal> customers, Visit visit) const {
    return std::all_of(customers.begin(), customers.end(), [&](CustomerOrdinal customer) {
      return !IsMarked(customer) || visit(customer);
    });
  }

  // Nothing is known of these any more, nor, perhaps, of their neighbours.
  void Clear(std::span<const CustomerOrdinal> customers) {
    for (const CustomerOrdinal customer : customers) BitsOf(customer) = 0;
  }
  void ClearAll() { std::fill(marked_.begin(), marked_.end(), 0); }

  // A number for each, kPlaceMax at most, which is what it was set to last.
  static constexpr size_t kPlaceMax = UINT16_MAX;
  void SetPlace(CustomerOrdinal customer, size_t place) {
    if (places_.size() < marks_.size()) places_.resize(marks_.size());
    places_[customer] = static_cast<uint16_t>(place);
  }
  size_t Place(CustomerOrdinal customer) const { return places_[customer]; }

 private:
  static constexpr size_t kBits = 64;

  // The same into `marked`; returns how many they are.
  size_t MarkOthers(std::span<const CustomerOrdinal> customers, uint8_t mark,
                    CustomerOrdinal* marked) {
    // As far as the compiler knows, to write a mark could change where the vectors' values are.
    uint64_t* const bits = marked_.data();
    uint8_t* const marks = marks_.data();
    size_t count = 0;
    for (const CustomerOrdinal customer : customers) {
      if ((bits[customer / kBits] & BitOf(customer)) != 0) continue;
      bits[customer / kBits] |= BitOf(customer);
      marks[customer] = mark;
      marked[count++] = customer;
    }
    return count;
  }

  static uint64_t BitOf(CustomerOrdinal customer) { return uint64_t{1} << customer % kBits; }
  uint64_t& BitsOf(CustomerOrdinal customer) { return marked_[customer / kBits]; }

  std::vector<uint64_t> marked_;
  // Of those who are marked.
  HugeVector<uint8_t> marks_;
  HugeVector<uint16_t> places_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_CUSTOMER_MARKS_H_
