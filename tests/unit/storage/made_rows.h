// Rows as the engine makes them, with the memory that they and what holds them lie in.

#ifndef COMPTOIR_TESTS_UNIT_STORAGE_MADE_ROWS_H_
#define COMPTOIR_TESTS_UNIT_STORAGE_MADE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"
#include "common/storage/hashed_rows.h"
#include "common/storage/memtable_row.h"

namespace comptoir {

// Few different ones: some are the same, begin others, hold zeros, or differ only behind the eighth
// byte.
inline std::string RandomRowKey(Random& random) {
  static constexpr const char* kBegins[] = {"", "a", "customers/", "customers/long before"};
  std::string key = kBegins[random.Below(std::size(kBegins))];
  for (size_t bytes = random.Below(4); bytes > 0; --bytes) {
    key.push_back("\x00\x01m\xff"[random.Below(4)]);
  }
  return key;
}

// Not thread-safe.
class MadeRows {
 public:
  // Borrows this. The bytes are no zeros: who relies on that is found out.
  HashedRows::Allocate allocate() {
    return [this](size_t bytes) {
      void* const memory = Take(bytes);
      std::memset(memory, 0xa5, bytes);
      return memory;
    };
  }

  MemtableRow Make(std::string_view key, uint64_t written, std::string_view value = "value") {
    std::string row;
    AppendVarint(row, key.size() + sizeof(written));
    row += key;
    row.append(reinterpret_cast<const char*>(&written), sizeof(written));
    AppendVarint(row, value.size());
    row += value;
    // At an odd address, as the engine's may be.
    constexpr size_t kHead = HashedRows::kHeadBytes + 1;
    char* const at = static_cast<char*>(Take(kHead + row.size())) + kHead;
    row.copy(at, row.size());
    return at;
  }

 private:
  static void AppendVarint(std::string& bytes, size_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }

  void* Take(size_t bytes) {
    memory_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
    return memory_.back().get();
  }

  std::vector<std::unique_ptr<char[]>> memory_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_STORAGE_MADE_ROWS_H_
