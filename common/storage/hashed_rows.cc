#include "common/storage/hashed_rows.h"

#include <bit>
#include <cstring>
#include <memory>
#include <new>

#include "absl/hash/hash.h"
#include "common/base/check.h"

namespace comptoir {
namespace {

// In chunk c lie the rows whose numbers, as they are counted here, begin at (first << c) - first.
size_t ChunkOf(size_t row, size_t first) { return std::bit_width(row / first + 1) - 1; }
size_t ChunkBegin(size_t chunk, size_t first) { return (first << chunk) - first; }

}  // namespace

void HashedRows::Add(MemtableRow row) {
  const Places* places = places_.load(std::memory_order_relaxed);
  // Of four places three are taken at most, so a walk from place to place is short.
  if (places == nullptr || 4 * (keys_ + 1) > 3 * (places->mask + 1)) {
    Grow();
    places = places_.load(std::memory_order_relaxed);
  }
  const std::string_view key = KeyOf(row).key;
  const uint32_t hash = HashOf(key);
  std::atomic<Place>& place = PlaceOf(*places, hash, key);
  const Number older = place.load(std::memory_order_relaxed).number;
  std::memcpy(const_cast<char*>(row) - kHeadBytes, &older, sizeof(older));
  if (older == 0) {
    ++keys_;
  } else {
    COMPTOIR_CHECK(KeyOf(Row(older)).written < KeyOf(row).written);
  }
  place.store({.hash = hash, .number = Append(row)}, std::memory_order_release);
}

MemtableRow HashedRows::Find(const MemtableKey& key) const {
  const Places* const places = places_.load(std::memory_order_acquire);
  if (places == nullptr) return nullptr;
  const auto& place = PlaceOf(*places, HashOf(key.key), key.key);
  MemtableRow row = Row(place.load(std::memory_order_acquire).number);
  while (row != nullptr && KeyOf(row).written > key.written) row = Older(row);
  return row;
}

MemtableRow HashedRows::Older(MemtableRow row) const { return Row(OlderNumber(row)); }

MemtableRow HashedRows::operator[](size_t i) const {
  const size_t chunk = ChunkOf(i, kFirstChunkRows);
  return chunks_[chunk].load(std::memory_order_acquire)[i - ChunkBegin(chunk, kFirstChunkRows)];
}

uint32_t HashedRows::HashOf(std::string_view key) {
  return static_cast<uint32_t>(absl::HashOf(absl::string_view(key.data(), key.size())));
}

HashedRows::Number HashedRows::OlderNumber(MemtableRow row) {
  Number older = 0;
  std::memcpy(&older, row - kHeadBytes, sizeof(older));
  return older;
}

std::atomic<HashedRows::Place>& HashedRows::PlaceOf(const Places& places, uint32_t hash,
                                                    std::string_view key) const {
  for (size_t at = hash & places.mask;; at = (at + 1) & places.mask) {
    const Place place = places.places[at].load(std::memory_order_acquire);
    if (place.number == 0) return places.places[at];
    if (place.hash == hash && KeyOf(Row(place.number)).key == key) return places.places[at];
  }
}

HashedRows::Number HashedRows::Append(MemtableRow row) {
  const size_t i = size_.load(std::memory_order_relaxed);
  const size_t chunk = ChunkOf(i, kFirstChunkRows);
  COMPTOIR_CHECK(chunk < kChunksMax);
  MemtableRow* rows = chunks_[chunk].load(std::memory_order_relaxed);
  if (rows == nullptr) {
    rows = AllocateMany<MemtableRow>(kFirstChunkRows << chunk);
    chunks_[chunk].store(rows, std::memory_order_release);
  }
  rows[i - ChunkBegin(chunk, kFirstChunkRows)] = row;
  size_.store(i + 1, std::memory_order_release);
  return static_cast<Number>(i + 1);
}

void HashedRows::Grow() {
  const Places* const old = places_.load(std::memory_order_relaxed);
  const size_t count = old == nullptr ? kFirstPlaces : 2 * (old->mask + 1);
  auto* const places = AllocateMany<Places>(1);
  *places = {.mask = count - 1, .places = AllocateMany<std::atomic<Place>>(count)};
  for (size_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const Place place = old->places[i].load(std::memory_order_relaxed);
    if (place.number == 0) continue;
    size_t at = place.hash & places->mask;
    while (places->places[at].load(std::memory_order_relaxed).number != 0) {
      at = (at + 1) & places->mask;
    }
    places->places[at].store(place, std::memory_order_relaxed);
  }
  places_.store(places, std::memory_order_release);
}

template <typename T>
T* HashedRows::AllocateMany(size_t count) const {
  static_assert(alignof(T) <= alignof(uint64_t) && std::is_trivially_destructible_v<T>);
  T* const many = static_cast<T*>(allocate_(count * sizeof(T)));
  std::uninitialized_value_construct_n(many, count);
  return many;
}

}  // namespace comptoir
