// Rows of a memtable in the order in which they came, found by key. While a row is put one looks
// at two or three places in memory; a skip list, which keeps all in order, looks at dozens.

#ifndef COMPTOIR_COMMON_STORAGE_HASHED_ROWS_H_
#define COMPTOIR_COMMON_STORAGE_HASHED_ROWS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "common/storage/memtable_row.h"

namespace comptoir {

// One thread adds, any number of others read meanwhile, without a lock: what they read never moves
// or changes. They find every row whose addition happened before (as C++ has it) they ask.
class HashedRows {
 public:
  // So many bytes, aligned for any word, that are there as long as these rows are.
  using Allocate = std::function<void*(size_t bytes)>;
  // Before each row so many bytes are for HashedRows, with no need of alignment.
  static constexpr size_t kHeadBytes = sizeof(uint32_t);

  explicit HashedRows(Allocate allocate) : allocate_(std::move(allocate)) {}
  HashedRows(const HashedRows&) = delete;
  HashedRows& operator=(const HashedRows&) = delete;

  // REQUIRES: kHeadBytes before it; of its key none that was written later is there.
  void Add(MemtableRow row);

  // Of those of the key that were written no later, the last; null if there is none. Those that
  // were written later are passed one by one.
  MemtableRow Find(const MemtableKey& key) const;
  // The one of the same key that was written before it; null if there is none.
  MemtableRow Older(MemtableRow row) const;

  size_t size() const { return size_.load(std::memory_order_acquire); }
  // The i-th that came. REQUIRES: i < size().
  MemtableRow operator[](size_t i) const;

 private:
  // A row is known by its number, counted from 1; 0: none.
  using Number = uint32_t;

  // Rows by number, in chunks each of which is twice as large as the one before: none ever moves.
  static constexpr size_t kFirstChunkRows = 64;
  // As many rows as have a number.
  static constexpr size_t kChunksMax = 26;

  // Open addressing; a place holds the last row of a key.
  struct Place {
    uint32_t hash;
    Number number;
  };
  struct Places {
    size_t mask;
    std::atomic<Place>* places;
  };
  static constexpr size_t kFirstPlaces = 64;

  static uint32_t HashOf(std::string_view key);
  MemtableRow Row(Number number) const { return number == 0 ? nullptr : (*this)[number - 1]; }
  static Number OlderNumber(MemtableRow row);
  // The place of a key, or the one where it is to be put.
  std::atomic<Place>& PlaceOf(const Places& places, uint32_t hash, std::string_view key) const;
  Number Append(MemtableRow row);
  // Twice as many places. Who looks at the old ones finds what was there when they came to look.
  void Grow();
  template <typename T>
  T* AllocateMany(size_t count) const;

  // Constant after construction.
  const Allocate allocate_;

  std::array<std::atomic<MemtableRow*>, kChunksMax> chunks_{};
  std::atomic<size_t> size_ = 0;
  std::atomic<const Places*> places_ = nullptr;
  // Of the thread that adds.
  size_t keys_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_HASHED_ROWS_H_
