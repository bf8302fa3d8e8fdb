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

// Values by whose first bytes they can't be told apart, and more of them than a block has room for.
// Blocks are in the order of what they begin with, so that has to be right when one is made, is
// split, and loses its first entry.
class AlikeValues : public ::testing::TestWithParam<std::string (*)(Random&)> {
 protected:
  using Entries = std::set<Entry>;

  Entry NewEntry() {
    return {GetParam()(random_), static_cast<CustomerOrdinal>(random_.Below(2000))};
  }

  Entries::iterator AnyOf(Entries& entries) {
    const auto entry = entries.lower_bound(NewEntry());
    return entry == entries.end() ? entries.begin() : entry;
  }

  void Add(const Entry& entry) {
    expected_.insert(entry);
    memory_.Add(entry.first, entry.second);
  }

  Entries::iterator Remove(Entries::iterator entry) {
    memory_.Remove(entry->first, entry->second);
    return expected_.erase(entry);
  }

  void ExpectSame() {
    ASSERT_EQ(memory_.size(), expected_.size());
    ASSERT_TRUE(std::ranges::equal(Beginning(memory_, ""), expected_));
    for (int i = 0; i < 5; ++i) {
      std::string begin = NewEntry().first;
      begin.resize(random_.OneIn(2) ? begin.size() : random_.Below(begin.size() + 2));
      std::vector<Entry> beginning;
      for (auto entry = expected_.lower_bound({begin, 0});
           entry != expected_.end() && entry->first.starts_with(begin); ++entry) {
        beginning.push_back(*entry);
      }
      ASSERT_TRUE(std::ranges::equal(Beginning(memory_, begin), beginning));
      if (beginning.empty()) continue;
      beginning.resize(1 + random_.Below(beginning.size()));
      ASSERT_TRUE(std::ranges::equal(Beginning(memory_, begin, beginning.size()), beginning));
    }
  }

  TestRandom random_;
  ValueMemory memory_;
  Entries expected_;
};

TEST_P(AlikeValues, AgreeWithASetInNoOrder) {
  for (int round = 0; round < 10; ++round) {
    const bool shrinking = round % 5 > 2;
    for (int i = 0; i < 600; ++i) {
      if (!shrinking || expected_.empty() || random_.OneIn(4)) {
        Add(NewEntry());
      } else {
        Remove(AnyOf(expected_));
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame());
  }
  while (!expected_.empty()) Remove(AnyOf(expected_));
  ASSERT_NO_FATAL_FAILURE(ExpectSame());
}

// As after a start, and changed then: many in a row are removed from the first one on and from the
// last one back, so that blocks lose their first entries, and all; and some of them come back.
TEST_P(AlikeValues, AgreeWithASetInOrder) {
  Entries in_order;
  for (int i = 0; i < 3000; ++i) in_order.insert(NewEntry());
  for (const Entry& entry : in_order) Add(entry);
  ASSERT_NO_FATAL_FAILURE(ExpectSame());
  for (int round = 0; round < 10; ++round) {
    std::vector<Entry> removed;
    auto entry = AnyOf(expected_);
    const bool is_forward = random_.OneIn(2);
    for (int i = 0; i < 300 && entry != expected_.end(); ++i) {
      removed.push_back(*entry);
      entry = Remove(entry);
      if (is_forward) continue;
      if (entry == expected_.begin()) break;
      --entry;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame());
    for (const Entry& again : removed) {
      if (random_.OneIn(2)) Add(again);
    }
    for (int i = 0; i < 100; ++i) Add(NewEntry());
    ASSERT_NO_FATAL_FAILURE(ExpectSame());
  }
  while (!expected_.empty()) Remove(expected_.begin());
  ASSERT_NO_FATAL_FAILURE(ExpectSame());
}

std::string OneValue(Random&) { return "442012345678"; }
std::string OneLongValue(Random&) { return std::string(100, '7'); }
// Longer than what is compared at once.
std::string LongValues(Random& random) {
  return "a beginning of all " + std::to_string(random.Below(50));
}
std::string ValuesOfEachLength(Random& random) { return std::string(random.Below(40), '1'); }
std::string ValuesOfZeros(Random& random) { return std::string(random.Below(20), '\0'); }
// A zero, or several, where another value ends, on both sides of what is compared at once.
std::string ValuesThatEndInZeros(Random& random) {
  return std::string(random.OneIn(2) ? 1 : 14, '1') + std::string(random.Below(4), '\0') +
         std::string(random.Below(2), random.OneIn(2) ? '\1' : '\xff');
}

INSTANTIATE_TEST_SUITE_P(ValueMemory, AlikeValues,
                         ::testing::Values(OneValue, OneLongValue, LongValues, ValuesOfEachLength,
                                           ValuesOfZeros, ValuesThatEndInZeros));

// A phone that was read in order is some ten bytes, and one that came later not many more, beside
// those as well as by itself; when all are gone, nothing is left.
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
  const size_t bytes = memory.bytes();
  for (CustomerOrdinal i = 0; i < kPhones / 20; ++i) {
    memory.Add("4420" + std::to_string(1'000'000 + random.Below(9'000'000)), kPhones + i);
  }
  EXPECT_LT(memory.bytes(), bytes + bytes / 20);
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
