#include "common/base/huge_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <new>
#include <numeric>
#include <string>

#include "absl/container/flat_hash_set.h"

namespace comptoir {
namespace {

using ::testing::HasSubstr;

TEST(HugePagesTest, KeepsWhatIsWritten) {
  HugeVector<uint32_t> numbers;
  constexpr size_t kCount = 3 * kHugePageBytes / sizeof(uint32_t) + 1;
  // Through all sizes: from the heap into pages, and from pages into more of them.
  for (uint32_t i = 0; i < kCount; ++i) numbers.push_back(i);
  for (uint32_t i = 0; i < kCount; ++i) ASSERT_EQ(numbers[i], i);
  numbers.resize(10);
  numbers.shrink_to_fit();
  EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), 0U), 45U);
}

TEST(HugePagesTest, ServesTablesOfHashes) {
  absl::flat_hash_set<uint64_t, absl::flat_hash_set<uint64_t>::hasher, std::equal_to<>,
                      HugePageAllocator<uint64_t>>
      numbers;
  constexpr uint64_t kCount = 500'000;
  for (uint64_t i = 0; i < kCount; ++i) numbers.insert(i * i);
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_TRUE(numbers.contains(i * i));
  EXPECT_EQ(numbers.size(), kCount);
}

// Sanitizers' builds have all in the heap, which ends a program that asks for too much.
#ifndef COMPTOIR_SANITIZED
// What the kernel says of the mapping that this address is in: its lines of /proc/self/smaps.
std::string MappingOf(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  std::string mapping;
  bool is_its = false;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      const auto at = reinterpret_cast<uintptr_t>(address);
      is_its = begin <= at && at < end;
    }
    if (is_its) mapping += line + '\n';
  }
  return mapping;
}

TEST(HugePagesTest, LargeOnesBeginWithAHugePageThatIsAskedFor) {
  for (const size_t bytes : {kHugePageBytes, kHugePageBytes + 1, 5 * kHugePageBytes - 1}) {
    auto* const memory = static_cast<char*>(AllocateInHugePages(bytes));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % kHugePageBytes, 0U);
    memory[0] = 'a';
    memory[bytes - 1] = 'z';
    // "hg": huge pages are wished for.
    EXPECT_THAT(MappingOf(memory), HasSubstr(" hg")) << bytes;
    EXPECT_THAT(MappingOf(memory + bytes - 1), HasSubstr(" hg")) << bytes;
    FreeInHugePages(memory, bytes);
    EXPECT_EQ(MappingOf(memory), "") << "of " << bytes << " bytes some are still mapped";
    EXPECT_EQ(MappingOf(memory + bytes - 1), "");
  }
}

TEST(HugePagesTest, SmallOnesAreTheHeaps) {
  void* const memory = AllocateInHugePages(kHugePageBytes - 1);
  // It would be the beginning of a mapping of its own.
  EXPECT_NE(reinterpret_cast<uintptr_t>(memory) % kHugePageBytes, 0U);
  FreeInHugePages(memory, kHugePageBytes - 1);
}

TEST(HugePagesTest, WhatThereIsNoMemoryForIsRefused) {
  EXPECT_THROW(AllocateInHugePages(SIZE_MAX - 1), std::bad_alloc);
  EXPECT_THROW(HugePageAllocator<uint64_t>().allocate(SIZE_MAX / sizeof(uint64_t)), std::bad_alloc);
}
#endif

}  // namespace
}  // namespace comptoir
