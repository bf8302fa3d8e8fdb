#include "common/customer/search/value_memory.h"

#include <algorithm>
#include <iterator>

namespace comptoir {
namespace {

// Larger ones would be read too long for one value, and smaller ones be too many.
constexpr size_t kBlockBytesMax = 512;
// What a block occupies beside its bytes, about: its place in a node that is three quarters full,
// and what its allocation is larger.
constexpr size_t kBytesPerBlock = 112;

// An entry: a byte that says how many bytes of the value before it shares (upper half) and how many
// follow (lower half), each followed by what is above kShortMax; these bytes; the customer.
constexpr size_t kShortMax = 15;
constexpr int kShortBits = 4;

constexpr int kVarintBits = 7;
constexpr uint32_t kVarintMore = 1U << kVarintBits;

void AppendNumber(size_t number, std::vector<char>& bytes) {
  for (; number >= kVarintMore; number >>= kVarintBits) {
    bytes.push_back(static_cast<char>(number | kVarintMore));
  }
  bytes.push_back(static_cast<char>(number));
}

void AppendEntry(size_t shared, std::string_view value, CustomerOrdinal customer,
                 std::vector<char>& bytes) {
  const std::string_view own = value.substr(shared);
  bytes.push_back(static_cast<char>(std::min(shared, kShortMax) << kShortBits |
                                    std::min(own.size(), kShortMax)));
  for (const size_t size : {shared, own.size()}) {
    if (size >= kShortMax) AppendNumber(size - kShortMax, bytes);
  }
  bytes.insert(bytes.end(), own.begin(), own.end());
  AppendNumber(customer, bytes);
}

size_t SharedBytes(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

}  // namespace

class ValueMemory::Entries {
 public:
  // Before the first one. Borrows the block.
  explicit Entries(const Block& block)
      : begin_(block.data()), at_(block.data()), next_(at_), end_(at_ + block.size()) {}

  // Goes to the next one; false if there is none.
  bool Next() {
    at_ = next_;
    if (at_ == end_) return false;
    const auto head = static_cast<uint8_t>(*next_++);
    const size_t shared = Size(head >> kShortBits);
    const size_t own = Size(head & kShortMax);
    shared_ = shared;
    value_.resize(shared);
    value_.append(next_, own);
    next_ += own;
    customer_ = static_cast<CustomerOrdinal>(Number());
    return true;
  }

  const std::string& value() const { return value_; }
  CustomerOrdinal customer() const { return customer_; }
  // How many bytes its value shares with the one before.
  size_t shared() const { return shared_; }
  // Where it is in the block: after the last one where there is none.
  size_t begin() const { return static_cast<size_t>(at_ - begin_); }
  size_t end() const { return static_cast<size_t>(next_ - begin_); }

 private:
  size_t Size(size_t in_head) { return in_head < kShortMax ? in_head : kShortMax + Number(); }

  size_t Number() {
    size_t number = 0;
    int shift = 0;
    uint8_t byte = 0;
    do {
      byte = static_cast<uint8_t>(*next_++);
      number |= static_cast<size_t>(byte & (kVarintMore - 1)) << shift;
      shift += kVarintBits;
    } while ((byte & kVarintMore) != 0);
    return number;
  }

  const char* const begin_;
  const char* at_;
  const char* next_;
  const char* const end_;
  std::string value_;
  size_t shared_ = 0;
  CustomerOrdinal customer_ = 0;
};

ValueMemory::ValueMemory() { blocks_.try_emplace(Place()); }

void ValueMemory::Add(std::string_view value, CustomerOrdinal customer) {
  const auto block = BlockOf(blocks_, value, customer);
  Entries entries(block->second);
  size_t shared = 0;
  bool is_last = true;
  while (entries.Next()) {
    const int order = value.compare(entries.value());
    if (order == 0 && customer == entries.customer()) return;
    is_last = order > 0 || (order == 0 && customer > entries.customer());
    if (!is_last) break;
    shared = SharedBytes(value, entries.value());
  }
  const size_t at = entries.begin();
  Block added;
  AppendEntry(shared, value, customer, added);
  if (!is_last) {
    AppendEntry(SharedBytes(value, entries.value()), entries.value(), entries.customer(), added);
  }
  Replace(block->second, at, entries.end(), added);
  ++size_;
  if (block->second.size() <= kBlockBytesMax) return;
  // Where values come in order, as after a start, blocks stay full.
  const bool in_order = is_last && std::next(block) == blocks_.end();
  Split(block, in_order ? at : block->second.size() / 2);
}

void ValueMemory::Remove(std::string_view value, CustomerOrdinal customer) {
  const auto block = BlockOf(blocks_, value, customer);
  Entries entries(block->second);
  do {
    if (!entries.Next()) return;
  } while (entries.value() != value || entries.customer() != customer);
  const size_t at = entries.begin();
  const size_t shared = entries.shared();
  Block next;
  if (entries.Next()) {
    AppendEntry(std::min(shared, entries.shared()), entries.value(), entries.customer(), next);
  }
  Replace(block->second, at, entries.end(), next);
  --size_;
  if (at > 0 || block == blocks_.begin()) return;
  // Nothing of the value stays.
  auto node = blocks_.extract(block);
  if (node.mapped().empty()) return;
  Entries left(node.mapped());
  left.Next();
  node.key() = Place(left.value(), left.customer());
  blocks_.insert(std::move(node));
}

bool ValueMemory::VisitBeginning(std::string_view beginning, Visit visit) const {
  for (auto block = BlockOf(blocks_, beginning, 0); block != blocks_.end(); ++block) {
    Entries entries(block->second);
    while (entries.Next()) {
      if (entries.value() < beginning) continue;
      if (!entries.value().starts_with(beginning)) return true;
      if (!visit(entries.value(), entries.customer())) return false;
    }
  }
  return true;
}

size_t ValueMemory::bytes() const { return block_bytes_ + blocks_.size() * kBytesPerBlock; }

void ValueMemory::Replace(Block& block, size_t begin, size_t end, const Block& entries) {
  const auto at = [&block](size_t offset) {
    return block.begin() + static_cast<ptrdiff_t>(offset);
  };
  // Of its exact size: there are very many.
  Block replaced;
  replaced.reserve(block.size() - (end - begin) + entries.size());
  replaced.insert(replaced.end(), block.begin(), at(begin));
  replaced.insert(replaced.end(), entries.begin(), entries.end());
  replaced.insert(replaced.end(), at(end), block.end());
  block_bytes_ += replaced.size();
  block_bytes_ -= block.size();
  block.swap(replaced);
}

void ValueMemory::Split(Blocks::iterator block, size_t from) {
  Entries entries(block->second);
  do {
    // The last one alone is larger than half.
    if (!entries.Next()) return;
  } while (entries.begin() < from);
  if (entries.begin() == 0) return;
  Place place(entries.value(), entries.customer());
  Block second;
  AppendEntry(0, entries.value(), entries.customer(), second);
  second.insert(second.end(), block->second.begin() + static_cast<ptrdiff_t>(entries.end()),
                block->second.end());
  second.shrink_to_fit();
  block_bytes_ += second.size();
  Replace(block->second, entries.begin(), block->second.size(), {});
  blocks_.try_emplace(std::move(place), std::move(second));
}

}  // namespace comptoir
