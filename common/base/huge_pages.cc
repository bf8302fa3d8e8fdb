#include "common/base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#include "common/base/check.h"

namespace comptoir {
namespace {

// Sanitizers watch the heap, and look there alone for what refers to it.
#ifdef COMPTOIR_SANITIZED
constexpr size_t kBytesMin = SIZE_MAX;
#else
constexpr size_t kBytesMin = kHugePageBytes;
#endif

constexpr size_t kPageBytes = 4 << 10;

size_t UpTo(size_t multiple, size_t bytes) { return (bytes + multiple - 1) / multiple * multiple; }

void Unmap(char* begin, size_t bytes) {
  if (bytes > 0) COMPTOIR_CHECK(munmap(begin, bytes) == 0) << "memory cannot be given back";
}

}  // namespace

void* AllocateInHugePages(size_t bytes) {
  if (bytes < kBytesMin) return ::operator new(bytes);
  if (bytes > SIZE_MAX / 2) throw std::bad_alloc();
  const size_t pages_bytes = UpTo(kPageBytes, bytes);
  // In so many there is a place for it that begins where a huge page may.
  const size_t mapped_bytes = pages_bytes + kHugePageBytes;
  void* const mapped = mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(mapped);
  const size_t before = UpTo(kHugePageBytes, address) - address;
  char* const memory = static_cast<char*>(mapped) + before;
  Unmap(static_cast<char*>(mapped), before);
  Unmap(memory + pages_bytes, kHugePageBytes - before);
  // A wish: without huge pages the memory is there all the same.
  madvise(memory, pages_bytes, MADV_HUGEPAGE);
  return memory;
}

void FreeInHugePages(void* memory, size_t bytes) {
  if (bytes < kBytesMin) {
    ::operator delete(memory);
  } else {
    Unmap(static_cast<char*>(memory), UpTo(kPageBytes, bytes));
  }
}

}  // namespace comptoir
