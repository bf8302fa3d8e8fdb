// Memory in pages of 2 MiB, for large tables that are read here and there: in pages of 4 KiB the
// processor looks for the page of nearly each read, in tables that are themselves read from memory,
// and twice as many in a virtual machine, which takes longer than the read. Not for all of a
// process's memory: a heap that lends and takes back pieces holds many such pages half empty.

#ifndef COMPTOIR_COMMON_BASE_HUGE_PAGES_H_
#define COMPTOIR_COMMON_BASE_HUGE_PAGES_H_

#include <cstddef>
#include <memory>
#include <vector>

namespace comptoir {

// From so many bytes on an allocation is in huge pages; the heap has smaller ones.
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Throws std::bad_alloc if there is no memory. What is freed is the machine's again at once. Where
// huge pages can't be had (/sys/kernel/mm/transparent_hugepage/enabled is `never`, or none is
// free), pages are small ones. Of the last part, smaller than a huge page, they always are.
void* AllocateInHugePages(size_t bytes);
void FreeInHugePages(void* memory, size_t bytes);

// An allocator of the standard library.
template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  template <typename Other>
  HugePageAllocator(const HugePageAllocator<Other>& /*other*/) {}

  T* allocate(size_t count) { return static_cast<T*>(AllocateInHugePages(count * sizeof(T))); }
  void deallocate(T* values, size_t count) { FreeInHugePages(values, count * sizeof(T)); }

  bool operator==(const HugePageAllocator& /*other*/) const { return true; }
};

// For what grows seldom: libstdc++ copies the elements one by one, for it knows of its own
// allocator alone that bytes will do.
template <typename T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

// Bytes that aren't set yet.
struct HugeBytesDeleter {
  size_t bytes = 0;
  void operator()(char* memory) const { FreeInHugePages(memory, bytes); }
};
using HugeBytes = std::unique_ptr<char[], HugeBytesDeleter>;

inline HugeBytes NewHugeBytes(size_t bytes) {
  return {static_cast<char*>(AllocateInHugePages(bytes)), {.bytes = bytes}};
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_HUGE_PAGES_H_
