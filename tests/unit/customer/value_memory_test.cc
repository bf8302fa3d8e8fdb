#include "common/customer/search/value_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Pair;
using Entry = std::pair<std::string, CustomerOrdinal>;

std::vector<Entry> Beginning(const ValueMemory& memory, const std::string& beginning,
                             size_t entries_max = SIZE_MAX) {
  std::vector<Entry> entries;
  const bool all =
      memory.VisitBeginning(beginning, [&](std::string_view value, CustomerOrdinal customer) {
        entries.emplace_back(value, customer);
        return entries.size() < entries_max;
      });
  EXPECT_EQ(all, entries.size() < entries_max);
  return entries;
}

TEST(ValueMemory, VisitsValuesByTheirBeginning) {
  ValueMemory memory;
  EXPECT_THAT(Beginning(memory, ""), IsEmpty());
  for (const char* value : {"12", "", "1", "123", "2", "13"}) {
    memory.Add(value, 7);
    memory.Add(value, 7);
  }
  memory.Add("12", 300);
  memory.Add("12", 5);
  EXPECT_EQ(memory.size(), 8u);
  EXPECT_THAT(Beginning(memory, "12"),
              ElementsAre(Pair("12", 5), Pair("12", 7), Pair("12", 300), Pair("123", 7)));
  EXPECT_THAT(Beginning(memory, "12", 2), ElementsAre(Pair("12", 5), Pair("12", 7)));
  EXPECT_THAT(Beginning(memory, "14"), IsEmpty());
  EXPECT_THAT(Beginning(memory, "3"), IsEmpty());
  EXPECT_EQ(Beginning(memory, "").front(), Entry("", 7));
  memory.Remove("12", 7);
  memory.Remove("12", 7);
  memory.Remove("12", 8);
  memory.Remove("9", 7);
  EXPECT_THAT(Beginning(memory, "12"), ElementsAre(Pair("12", 5), Pair("12", 300), Pair("123", 7)));
  EXPECT_EQ(memory.size(), 7u);
}

// Whatever is added and removed in whatever order, it is what a set would hold.
TEST(ValueMemory, AgreesWithASet) {
  TestRandom random;
  ValueMemory memory;
  std::set<Entry> expected;
  const auto value = [&] {
    // Now and then longer than a block, with any bytes.
    std::string text(random.OneIn(50) ? random.Below(1000) : random.Below(30), '\xff');
    const bool alike = random.OneIn(2);
    for (char& c : text) c = static_cast<char>(alike ? '0' + random.Below(2) : random.Below(256));
    return random.OneIn(3) ? std::to_string(random.Below(20)) : text;
  };
  for (int round = 0; round < 100; ++round) {
    // Now and then most is removed.
    const bool shrinking = round % 20 > 12;
    for (int i = 0; i < 100; ++i) {
      if (random.Below(10) < (shrinking ? 1 : 8) || expected.empty()) {
        const auto customer = static_cast<CustomerOrdinal>(
            random.OneIn(4) ? UINT32_MAX - random.Below(2) : random.Below(1000));
        const auto [entry, is_new] = expected.emplace(value(), customer);
        memory.Add(entry->first, entry->second);
      } else {
        auto entry = expected.lower_bound({value(), 0});
        if (entry == expected.end()) entry = expected.begin();
        memory.Remove(entry->first, entry->second);
        expected.erase(entry);
      }
    }
    ASSERT_EQ(memory.size(), expected.size());
    ASSERT_THAT(Beginning(memory, ""), ElementsAreArray(expected));
    const std::string begin = value().substr(0, 1 + random.Below(3));
    std::vector<Entry> beginning;
    for (const Entry& entry : expected) {
      if (entry.first.starts_with(begin)) beginning.push_back(entry);
    }
    ASSERT_THAT(Beginning(memory, begin), ElementsAreArray(beginning));
  }
}

// A phone that was read in order is some ten bytes, and one that came later not many more; when all
// are gone, nothing is left.
TEST(ValueMemory, IsSmall) {
  TestRandom random;
  ValueMemory memory;
  std::set<Entry> phones;
  constexpr size_t kPhones = 20'000;
  for (CustomerOrdinal i = 0; i < kPhones; ++i) {
    phones.emplace("4420" + std::to_string(1'000'000 + random.Below(9'000'000)), i);
  }
  for (const auto& [phone, customer] : phones) memory.Add(phone, customer);
  EXPECT_LT(memory.bytes(), kPhones * 13);
  ValueMemory in_no_order;
  std::vector<Entry> by_customer(phones.begin(), phones.end());
  std::sort(by_customer.begin(), by_customer.end(),
            [](const Entry& a, const Entry& b) { return a.second < b.second; });
  for (const auto& [phone, customer] : by_customer) in_no_order.Add(phone, customer);
  EXPECT_LT(in_no_order.bytes(), kPhones * 16);
  for (const auto& [phone, customer] : phones) in_no_order.Remove(phone, customer);
  EXPECT_EQ(in_no_order.size(), 0u);
  EXPECT_LT(in_no_order.bytes(), 200u);
}

}  // namespace
}  // namespace comptoir
