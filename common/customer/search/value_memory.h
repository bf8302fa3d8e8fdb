// Account numbers, or the digits of phones, with those who have them: what table index says of one
// kind of values, in memory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "common/customer/search/known_customer.h"

namespace comptoir {

// Values that nearly everybody has one of his own of, in order: some nine bytes for each, for an
// entry is the customer's ordinal and what of its value the one before doesn't begin with. Not
// thread-safe; const methods may be called by several threads at once.
class ValueMemory {
 public:
  ValueMemory();

  // Both may be repeated. Those of one value are in the order of their ordinals.
  void Add(std::string_view value, CustomerOrdinal customer);
  void Remove(std::string_view value, CustomerOrdinal customer);

  // Visits the values that begin with `beginning`, in order, until `visit` returns false. Returns
  // whether it never did.
  using Visit = absl::FunctionRef<bool(std::string_view value, CustomerOrdinal customer)>;
  bool VisitBeginning(std::string_view beginning, Visit visit) const;

  // Entries: a value counts for each who has it.
  size_t size() const { return size_; }
  // What it occupies, about.
  size_t bytes() const;

 private:
  // Entries one after the other. The first one is whole.
  using Block = std::vector<char>;
  // Goes through a block.
  class Entries;

  // Entries are from here on: those of a block up to where the next one begins.
  using Place = std::pair<std::string, CustomerOrdinal>;
  struct Before {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      const int order = std::string_view(a.first).compare(b.first);
      return order < 0 || (order == 0 && a.second < b.second);
    }
  };
  using Blocks = absl::btree_map<Place, Block, Before>;

  // The block in which the value of this customer is, or belongs.
  static auto BlockOf(auto& blocks, std::string_view value, CustomerOrdinal customer) {
    return std::prev(blocks.upper_bound(std::pair(value, customer)));
  }
  // Puts `entries` in the place of bytes `begin` to `end`.
  void Replace(Block& block, size_t begin, size_t end, const Block& entries);
  // Entries that begin at `from` or behind become a block of their own.
  void Split(Blocks::iterator block, size_t from);

  // The first one begins before all values, and stays.
  Blocks blocks_;
  size_t size_ = 0;
  size_t block_bytes_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_
