// A row as RocksDB hands it to the memory for what isn't in files yet: the format is part of its
// contract (rocksdb/memtablerep.h). Of one key there may be several rows, one for each write.

#ifndef COMPTOIR_COMMON_STORAGE_MEMTABLE_ROW_H_
#define COMPTOIR_COMMON_STORAGE_MEMTABLE_ROW_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace comptoir {

// What a row is found by: its key, and when it was written.
struct MemtableKey {
  std::string_view key;
  // The larger the later; never twice for one key.
  uint64_t written = 0;

  // Parses the engine's "internal key".
  static MemtableKey Of(std::string_view bytes) {
    MemtableKey result = {.key = bytes.substr(0, bytes.size() - sizeof(written))};
    // In the byte order of the machines that RocksDB is built for here.
    std::memcpy(&result.written, bytes.data() + result.key.size(), sizeof(written));
    return result;
  }

  // The last write of a key is its first row.
  bool IsBefore(const MemtableKey& other) const {
    const int order = key.compare(other.key);
    return order != 0 ? order < 0 : written > other.written;
  }

  bool operator==(const MemtableKey&) const = default;
};

// Where a row begins: the size of its internal key as a varint, that key, then the value.
using MemtableRow = const char*;

inline MemtableKey KeyOf(MemtableRow row) {
  size_t size = 0;
  int shift = 0;
  while (static_cast<uint8_t>(*row) >= 0x80) {
    size |= size_t{static_cast<uint8_t>(*row++) & 0x7fU} << shift;
    shift += 7;
  }
  size |= size_t{static_cast<uint8_t>(*row++)} << shift;
  return MemtableKey::Of({row, size});
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_MEMTABLE_ROW_H_
