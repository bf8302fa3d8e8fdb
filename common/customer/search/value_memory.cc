#include "common/customer/search/value_memory.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include "common/storage/key_begin.h"

namespace comptoir {
namespace {

// Larger ones would be read too long for one value, and smaller ones be too many.
constexpr size_t kBlockBytesMax = 512;
// Nearly all blocks have room for as many bytes as that, or for so many, as long as they are a half
// of one that was split: what one leaves another takes, and there is no memory of sizes that nobody
// wants any more.
constexpr size_t kHalfBlockRoom = 320;
// One that has lost most of its entries gives its room back.
constexpr size_t kBlockBytesFew = 128;
// Where values come in order, as after a start, blocks are left with room for a few more: full ones
// would be split by the first, and be twice as many.
constexpr size_t kBytesInOrderMax = 448;
// What a block occupies beside its bytes, about: its place in a node that is three quarters full.
constexpr size_t kBytesPerBlock = 56;

// An entry: a byte that says how many bytes of the value before it shares (upper half) and how many
// follow (lower half), each followed by what is above kShortMax; these bytes; the customer.
constexpr size_t kShortMax = 15;
constexpr int kShortBits = 4;

size_t BlockRoomFor(size_t bytes) {
  return bytes <= kHalfBlockRoom ? kHalfBlockRoom : std::max(bytes, kBlockBytesMax);
}

constexpr int kVarintBits = 7;
constexpr uint32_t kVarintMore = 1U << kVarintBits;

void AppendNumber(size_t number, std::vector<char>& bytes) {
  for (; number >= kVarintMore; number >>= kVarintBits) {
    bytes.push_back(static_cast<char>(number | kVarintMore));
  }
  bytes.push_back(static_cast<char>(number));
}

void AppendEntry(size_t shared, std::string_view own, CustomerOrdinal customer,
                 std::vector<char>& bytes) {
  bytes.push_back(static_cast<char>(std::min(shared, kShortMax) << kShortBits |
                                    std::min(own.size(), kShortMax)));
  for (const size_t size : {shared, own.size()}) {
    if (size >= kShortMax) AppendNumber(size - kShortMax, bytes);
  }
  bytes.insert(bytes.end(), own.begin(), own.end());
  AppendNumber(customer, bytes);
}

size_t SharedBytes(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t shared = 0;
  while (shared < size && a[shared] == b[shared]) ++shared;
  return shared;
}

}  // namespace

class ValueMemory::Entries {
 public:
  // Before the first one. Borrows the block.
  explicit Entries(const Bytes& block)
      : begin_(block.data()), at_(block.data()), next_(at_), end_(at_ + block.size()) {}

  // Goes to the next one; false if there is none.
  bool Next() {
    if (!ReadNext()) return false;
    value_.resize(shared_);
    value_.append(own_);
    return true;
  }

  // From before the first one to the first that isn't before this one; false if there is none.
  // Values aren't put together on the way: one that shares more with the one before than that does
  // with `value` is on the same side of it.
  bool GoTo(std::string_view value, CustomerOrdinal customer) {
    size_t match = 0;
    while (ReadNext()) {
      before_ = match;
      if (shared_ > match) continue;
      if (shared_ == match) {
        const std::string_view rest = value.substr(match);
        match += SharedBytes(own_, rest);
        const std::string_view own_rest = own_.substr(match - shared_);
        const int order = own_rest.compare(value.substr(match));
        if (order < 0 || (order == 0 && customer_ < customer)) continue;
      }
      value_.assign(value.substr(0, std::min(shared_, match)));
      value_.append(own_);
      return true;
    }
    before_ = match;
    return false;
  }
  // How many bytes the value that it went to shares with the one before.
  size_t before() const { return before_; }

  const std::string& value() const { return value_; }
  CustomerOrdinal customer() const { return customer_; }
  // How many bytes its value shares with the one before.
  size_t shared() const { return shared_; }
  // Where it is in the block: after the last one where there is none.
  size_t begin() const { return static_cast<size_t>(at_ - begin_); }
  size_t end() const { return static_cast<size_t>(next_ - begin_); }

 private:
  bool ReadNext() {
    at_ = next_;
    if (at_ == end_) return false;
    const auto head = static_cast<uint8_t>(*next_++);
    shared_ = Size(head >> kShortBits);
    const size_t own = Size(head & kShortMax);
    own_ = std::string_view(next_, own);
    next_ += own;
    customer_ = static_cast<CustomerOrdinal>(Number());
    return true;
  }

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
  // What of the value the one before doesn't begin with.
  std::string_view own_;
  size_t shared_ = 0;
  size_t before_ = 0;
  CustomerOrdinal customer_ = 0;
};

ValueMemory::Head ValueMemory::Head::Of(std::string_view value) {
  constexpr size_t kBytes = sizeof(high) + sizeof(low);
  constexpr size_t kValueBytes = kBytes - 1;
  std::array<char, kBytes> bytes{};
  value.copy(bytes.data(), kValueBytes);
  // What is longer has one more, however long it is.
  bytes.back() = static_cast<char>(1 + std::min(value.size(), kValueBytes + 1));
  const std::string_view all(bytes.data(), bytes.size());
  return {.high = BeginOfKey(all), .low = BeginOfKey(all.substr(sizeof(high)))};
}

bool ValueMemory::Before::operator()(const Block& a, const Block& b) const {
  if (a.head != b.head) return a.head < b.head;
  Entries first(a.bytes);
  return first.Next() && (*this)(Place{a.head, first.value(), first.customer()}, b);
}

bool ValueMemory::Before::operator()(const Place& a, const Block& b) const {
  if (a.head != b.head) return a.head < b.head;
  Entries first(b.bytes);
  return first.Next() && std::tuple(a.value, a.customer) <
                             std::tuple(std::string_view(first.value()), first.customer());
}

bool ValueMemory::Before::operator()(const Block& a, const Place& b) const {
  if (a.head != b.head) return a.head < b.head;
  Entries first(a.bytes);
  return first.Next() && std::tuple(std::string_view(first.value()), first.customer()) <
                             std::tuple(b.value, b.customer);
}

ValueMemory::ValueMemory() { blocks_.insert(Block()); }

void ValueMemory::Add(std::string_view value, CustomerOrdinal customer) {
  const auto block = BlockOf(blocks_, value, customer);
  Entries entries(block->bytes);
  const bool is_last = !entries.GoTo(value, customer);
  if (!is_last && entries.value() == value && entries.customer() == customer) return;
  const size_t at = entries.begin();
  Bytes added;
  AppendEntry(entries.before(), value.substr(entries.before()), customer, added);
  if (!is_last) {
    const std::string_view next = entries.value();
    const size_t shared = SharedBytes(value, next);
    AppendEntry(shared, next.substr(shared), entries.customer(), added);
  }
  const size_t bytes = block->bytes.size() - (entries.end() - at) + added.size();
  const bool in_order = is_last && std::next(block) == blocks_.end();
  if (in_order && bytes > kBytesInOrderMax) {
    added.clear();
    AppendEntry(0, value, customer, added);
    Insert(Head::Of(value), added);
  } else if (bytes > kBlockBytesMax && Split(block)) {
    Add(value, customer);
    return;
  } else {
    Replace(block->bytes, at, entries.end(), added);
  }
  ++size_;
}

void ValueMemory::Remove(std::string_view value, CustomerOrdinal customer) {
  const auto block = BlockOf(blocks_, value, customer);
  Entries entries(block->bytes);
  if (!entries.GoTo(value, customer)) return;
  if (entries.value() != value || entries.customer() != customer) return;
  const size_t at = entries.begin();
  const size_t before = entries.shared();
  Bytes next;
  if (entries.Next()) {
    const size_t shared = std::min(before, entries.shared());
    AppendEntry(shared, std::string_view(entries.value()).substr(shared), entries.customer(), next);
  }
  Replace(block->bytes, at, entries.end(), next);
  --size_;
  if (at > 0 || block == blocks_.begin()) return;
  // Nothing of the value stays.
  Block left = std::move(blocks_.extract(block).value());
  if (left.bytes.empty()) return;
  Entries entries_left(left.bytes);
  entries_left.Next();
  left.head = Head::Of(entries_left.value());
  blocks_.insert(std::move(left));
}

bool ValueMemory::VisitBeginning(std::string_view beginning, Visit visit) const {
  for (auto block = BlockOf(blocks_, beginning, 0); block != blocks_.end(); ++block) {
    Entries entries(block->bytes);
    for (bool more = entries.GoTo(beginning, 0); more; more = entries.Next()) {
      if (!entries.value().starts_with(beginning)) return true;
      if (!visit(entries.value(), entries.customer())) return false;
    }
  }
  return true;
}

size_t ValueMemory::bytes() const { return block_bytes_ + blocks_.size() * kBytesPerBlock; }

void ValueMemory::Insert(const Head& head, const Bytes& entries) {
  Block block{.head = head};
  // Before it is among the others: what it begins with says where.
  Replace(block.bytes, 0, 0, entries);
  blocks_.insert(std::move(block));
}

void ValueMemory::Replace(Bytes& block, size_t begin, size_t end, const Bytes& entries) {
  const auto at = [&block](size_t offset) {
    return block.begin() + static_cast<ptrdiff_t>(offset);
  };
  block_bytes_ -= block.capacity();
  const size_t replaced = end - begin;
  const size_t bytes = block.size() - replaced + entries.size();
  if (bytes > block.capacity()) block.reserve(BlockRoomFor(bytes));
  if (entries.size() >= replaced) {
    block.insert(at(end), entries.size() - replaced, '\0');
  } else {
    // Nothing of who is gone stays behind the end, either.
    std::fill(std::copy(at(end), block.end(), at(begin + entries.size())), block.end(), '\0');
    block.resize(bytes);
    if (bytes < kBlockBytesFew) block.shrink_to_fit();
  }
  std::ranges::copy(entries, at(begin));
  block_bytes_ += block.capacity();
}

bool ValueMemory::Split(Blocks::iterator block) {
  Entries entries(block->bytes);
  do {
    // The last one alone is larger than half.
    if (!entries.Next()) return false;
  } while (entries.begin() < block->bytes.size() / 2);
  if (entries.begin() == 0) return false;
  const Head head = Head::Of(entries.value());
  Bytes second;
  AppendEntry(0, entries.value(), entries.customer(), second);
  second.insert(second.end(), block->bytes.begin() + static_cast<ptrdiff_t>(entries.end()),
                block->bytes.end());
  Replace(block->bytes, entries.begin(), block->bytes.size(), {});
  Insert(head, second);
  return true;
}

}  // namespace comptoir
