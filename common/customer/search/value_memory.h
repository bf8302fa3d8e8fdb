// Account numbers, or the digits of phones, with those who have them: what table index says of one
// kind of values, in memory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "common/customer/search/known_customer.h"

namespace comptoir {

// Values that nearly everybody has one of his own of, in order: some ten bytes for each, for an
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
  using Bytes = std::vector<char>;
  // Goes through a block.
  class Entries;

  // The first bytes of a value, and how many it has: two of them are in the order of their values,
  // or, where they are equal, the values are equal or longer than that. No string, for few of those
  // would be in one node of a tree: the fewer, the more nodes are waited for.
  struct Head {
    static Head Of(std::string_view value);

    // As numbers: the first byte is the highest. All 0 comes before all values.
    uint64_t high = 0;
    uint64_t low = 0;

    auto operator<=>(const Head&) const = default;
  };

  // Entries from the first one of its own on, up to where the next block begins.
  struct Block {
    Head head;
    // A block's place is what its head and its first entry say, whatever else is in it.
    mutable Bytes bytes = {};
  };
  struct Place {
    Head head;
    std::string_view value;
    CustomerOrdinal customer;
  };
  struct Before {
    using is_transparent = void;
    bool operator()(const Block& a, const Block& b) const;
    bool operator()(const Place& a, const Block& b) const;
    bool operator()(const Block& a, const Place& b) const;
  };
  using Blocks = absl::btree_set<Block, Before>;

  // The block in which the value of this customer is, or belongs.
  static auto BlockOf(auto& blocks, std::string_view value, CustomerOrdinal customer) {
    return std::prev(
        blocks.upper_bound(Place{.head = Head::Of(value), .value = value, .customer = customer}));
  }
  // Makes a block of entries, none of which there is one of yet.
  void Insert(const Head& head, const Bytes& entries);
  // Puts `entries` in the place of bytes `begin` to `end`.
  void Replace(Bytes& block, size_t begin, size_t end, const Bytes& entries);
  // The second half becomes a block of its own. False, and nothing is done, for a single entry.
  bool Split(Blocks::iterator block);

  // The first one's head is before all values; it stays.
  Blocks blocks_;
  size_t size_ = 0;
  size_t block_bytes_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_VALUE_MEMORY_H_
